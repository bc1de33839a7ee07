/**
 * The archive and its loops, opened in the background: while the archive cannot be reached, or refuses us, lines wait in their
 * source and alerting goes on (ADR 8).
 */
import { ArchiveError, type LogArchive } from '../archive/archive.ts';
import { startArchiving, type ArchivingOptions } from './archiving.ts';
import type { ReadLoop } from './reading.ts';
import type { ArchiveState } from './troubles.ts';
import { sleep, within } from './waiting.ts';

const retryMs = 5_000;

/** What keeps lines from being archived. */
interface ArchiveProblem {
  readonly detail: string;
  readonly fix?: string;
  /** Since when, ms since epoch. */
  readonly sinceMs: number;
  /** Nothing has gone wrong: the first attempt to open it is under way. */
  readonly isBeginning?: true;
}

export interface ArchiveSide {
  /** Resolves when the first attempt to open has ended, well or not. */
  readonly tried: Promise<void>;
  /** Rejects with what the loops could not get over; resolves when every source has ended and all is durable. */
  readonly ended: Promise<void>;
  readonly problem: () => ArchiveProblem | undefined;
  readonly loops: () => readonly ReadLoop[];
  /** Stops reading and waits for what was read, at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

export function openArchiveSide(options: ArchivingOptions): ArchiveSide {
  const { archive, telemetry } = options;
  let loops: readonly ReadLoop[] = [];
  const beganMs = Date.now();
  let unopened: ArchiveProblem | undefined = {
    ...{ detail: 'the archive is being opened', sinceMs: beganMs, isBeginning: true },
  };
  const stopped = new AbortController();
  const tried = Promise.withResolvers<undefined>();

  const isStopped = (): boolean => stopped.signal.aborted;

  const open = async (): Promise<boolean> => {
    try {
      await archive.open();
      unopened = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      if (unopened?.detail !== error.message) {
        telemetry.log.error(
          { 'event.action': 'archive-unavailable', 'error.message': error.message },
          `${error.message}; ${error.fix}. Alerting goes on, lines wait in their source`,
        );
      }
      unopened = { detail: error.message, fix: error.fix, sinceMs: beganMs };
      return false;
    } finally {
      tried.resolve(undefined);
    }
  };

  const run = async (): Promise<void> => {
    while (!(await open())) {
      if (await sleep(retryMs, stopped.signal)) return;
    }
    if (isStopped()) return;
    loops = await startArchiving(options);
    // A stop that came meanwhile had nothing to stop yet.
    if (isStopped()) for (const loop of loops) loop.stop();
    await Promise.all(loops.map(({ ended }) => ended));
    while (!(await archive.flush(retryMs))) {
      if (isStopped()) return;
    }
  };
  const ended = run();
  ended.catch(() => undefined);

  return {
    tried: tried.promise,
    ended,
    problem: () => unopened ?? trouble(archive),
    loops: () => loops,
    async stop(withinMs) {
      const deadlineMs = performance.now() + withinMs;
      stopped.abort();
      for (const loop of loops) loop.stop();
      await within(ended, withinMs);
      if (unopened === undefined) await archive.flush(Math.max(0, deadlineMs - performance.now()));
      await Promise.allSettled(loops.map(({ reader }) => reader.close()));
      await archive.close();
    },
  };
}

/** How the archive stands, as people are told of it. */
export function archiveState(archive: LogArchive, side: Pick<ArchiveSide, 'problem'>): ArchiveState {
  const found = side.problem();
  return {
    lagMs: archive.status().lagMs,
    ...(found !== undefined &&
      found.isBeginning !== true && { problem: found.detail, sinceMs: found.sinceMs }),
  };
}

function trouble(archive: LogArchive): ArchiveProblem | undefined {
  const { problem, problemSinceMs } = archive.status();
  return problem === undefined ? undefined : { detail: problem, sinceMs: problemSinceMs ?? Date.now() };
}
