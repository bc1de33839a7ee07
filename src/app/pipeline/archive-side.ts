/**
 * The archive and its loops, opened in the background: while the archive cannot be reached, or refuses us, lines wait in their
 * source and alerting goes on (ADR 8).
 */
import { type LogArchive } from '../../archive/archive.ts';
import type { RestartableArchive } from '../../archive/restartable.ts';
import { keepGoing } from '../../event/supervisor.ts';
import { endLoops, startArchiving, type ArchiveLoop, type ArchivingOptions } from './archiving.ts';
import type { ReadLoop, ArchiveState } from '../types.ts';
import { sleep, within } from '../../event/waiting.ts';
import { isFixable, type FixableError } from '../../event/fixable-error.ts';

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
  /** Resolves when every source has ended and all is durable, or it was stopped. Never rejects. */
  readonly ended: Promise<void>;
  readonly problem: () => ArchiveProblem | undefined;
  readonly loops: () => readonly ReadLoop[];
  /** Stops reading and waits for what was read, at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

export interface ArchiveSideOptions extends ArchivingOptions {
  readonly archive: LogArchive & Pick<RestartableArchive, 'restart'>;
}

export function openArchiveSide(options: ArchiveSideOptions): ArchiveSide {
  const { archive, telemetry } = options;
  let loops: readonly ArchiveLoop[] = [];
  let beginsAnew = false;
  const beganMs = Date.now();
  let unopened: ArchiveProblem | undefined = {
    ...{ detail: 'the archive is being opened', sinceMs: beganMs, isBeginning: true },
  };
  const stopped = new AbortController();
  const tried = Promise.withResolvers<undefined>();

  const isStopped = (): boolean => stopped.signal.aborted;

  const unavailable = ({ message, fix }: FixableError): void => {
    if (unopened?.detail !== message) {
      telemetry.log.error(
        { 'event.action': 'archive-unavailable', 'error.message': message },
        `${message}; ${fix}. Alerting goes on, lines wait in their source`,
      );
    }
    unopened = { detail: message, fix, sinceMs: troubledMs() };
  };
  const troubledMs = (): number => (unopened === undefined ? Date.now() : unopened.sinceMs);

  const open = async (): Promise<boolean> => {
    try {
      await archive.open();
      unopened = undefined;
      return true;
    } catch (error) {
      if (!isForPeople(error)) throw error;
      unavailable(error);
      return false;
    } finally {
      tried.resolve(undefined);
    }
  };

  const work = async (): Promise<void> => {
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
  /** What is in hand is given up and read again; what a person must mend is no defect. */
  const workFromPositions = async (): Promise<void> => {
    for (;;) {
      if (beginsAnew) {
        await endLoops(loops);
        loops = [];
        await archive.restart();
      }
      beginsAnew = true;
      try {
        await work();
        return;
      } catch (error) {
        if (isStopped()) return;
        if (!isForPeople(error)) {
          const detail = `archiving ended through a defect and begins again: ${String(error)}`;
          unopened = { detail, fix: 'report it with the log', sinceMs: troubledMs() };
          throw error;
        }
        unavailable(error);
        if (await sleep(retryMs, stopped.signal)) return;
      }
    }
  };
  const ended = keepGoing('archiving', workFromPositions, { telemetry, stop: stopped.signal });

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
      await endLoops(loops);
      await archive.close();
    },
  };
}

function isForPeople(error: unknown): error is FixableError {
  return isFixable(error, 'archive') || isFixable(error, 'source');
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
