/**
 * Opens the archive and runs its loops in the background. While the archive cannot be reached or refuses to work, lines wait in their
 * source and alerting goes on (ADR 8).
 */
import type { LogArchive } from '../../archive/archive.ts';
import type { RestartableArchive } from '../../archive/restartable.ts';
import type { Clock } from '../../event/clock.ts';
import { keepGoing } from '../../event/supervisor.ts';
import { isFixable, type FixableError } from '../../event/fixable-error.ts';
import { endLoops, startArchiving, type ArchiveLoop, type ArchivingOptions } from './archiving.ts';
import type { ReadLoop, ArchiveState } from '../types.ts';
import { within } from '../../event/waiting.ts';

const RETRY_MS = 5_000;

/** The reason why lines are not archived. */
interface ArchiveProblem {
  readonly detail: string;
  readonly fix?: string;
  /** When it began, ms since epoch. */
  readonly sinceMs: number;
  /** True while the first attempt to open the archive is under way: nothing has gone wrong. */
  readonly isBeginning?: true;
}

export interface ArchiveSide {
  /** Resolves when the first attempt to open the archive has ended, successful or not. */
  readonly tried: Promise<void>;
  /** Resolves when every source has ended and all lines are durable, or when archiving was stopped. Never rejects. */
  readonly ended: Promise<void>;
  readonly problem: () => ArchiveProblem | undefined;
  readonly loops: () => readonly ReadLoop[];
  /** Stops reading and waits for the lines that were read, at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

export interface ArchiveSideOptions extends ArchivingOptions {
  readonly archive: LogArchive & Pick<RestartableArchive, 'restart'>;
  readonly clock: Clock;
}

export function openArchiveSide(options: ArchiveSideOptions): ArchiveSide {
  const { archive, clock } = options;
  const stopped = new AbortController();
  const opening = createOpening(options);
  const work = createWork(options, opening, stopped.signal);
  const ended = keepGoing('archiving', () => work.fromPositions(), { ...options, stop: stopped.signal });

  return {
    tried: opening.tried,
    ended,
    problem: () => opening.problem() ?? trouble(archive, clock),
    loops: work.loops,
    async stop(withinMs) {
      const deadlineMs = clock.steadyMs() + withinMs;
      stopped.abort();
      for (const loop of work.loops()) loop.stop();
      await within(ended, withinMs, clock);
      if (opening.problem() === undefined) await archive.flush(Math.max(0, deadlineMs - clock.steadyMs()));
      await endLoops(work.loops());
      await archive.close();
    },
  };
}

/** Opens the archive, and remembers why it is not open. */
interface Opening {
  /** Resolves when the first attempt has ended, successful or not. */
  readonly tried: Promise<void>;
  /** Tries once; resolves to true where the archive is open now. Rejects with a defect. */
  open(): Promise<boolean>;
  readonly problem: () => ArchiveProblem | undefined;
  /** Reports an error that a person must mend before lines can be archived. */
  unavailable(error: FixableError): void;
  /** Notes a defect that ended archiving. Archiving begins again. */
  broken(error: unknown): void;
}

function createOpening({ archive, telemetry, clock }: ArchiveSideOptions): Opening {
  const tried = Promise.withResolvers<undefined>();
  let problem: ArchiveProblem | undefined = {
    detail: 'the archive is being opened',
    sinceMs: clock.nowMs(),
    isBeginning: true,
  };
  const troubledMs = (): number => (problem === undefined ? clock.nowMs() : problem.sinceMs);

  const unavailable = ({ message, fix }: FixableError): void => {
    if (problem?.detail !== message) {
      telemetry.log.error(
        { 'event.action': 'archive-unavailable', 'error.message': message },
        `${message}; ${fix}. Alerting goes on, lines wait in their source`,
      );
    }
    problem = { detail: message, fix, sinceMs: troubledMs() };
  };

  return {
    tried: tried.promise,
    async open() {
      try {
        await archive.open();
        problem = undefined;
        return true;
      } catch (error) {
        if (!isForPeople(error)) throw error;
        unavailable(error);
        return false;
      } finally {
        tried.resolve(undefined);
      }
    },
    problem: () => problem,
    unavailable,
    broken(error) {
      const detail = `archiving ended through a defect and begins again: ${String(error)}`;
      problem = { detail, fix: 'report it with the log', sinceMs: troubledMs() };
    },
  };
}

interface ArchiveWork {
  /**
   * Archives from the durable positions on, until every source has ended or archiving is stopped. After an error that a person must mend it
   * tries again; the lines in hand are given up and read again. Rejects with a defect.
   */
  fromPositions(): Promise<void>;
  readonly loops: () => readonly ArchiveLoop[];
}

function createWork(options: ArchiveSideOptions, opening: Opening, stop: AbortSignal): ArchiveWork {
  const { archive, clock } = options;
  let loops: readonly ArchiveLoop[] = [];
  let beginsAnew = false;
  const isStopped = (): boolean => stop.aborted;

  const archiveAll = async (): Promise<void> => {
    while (!(await opening.open())) {
      if (await clock.sleep(RETRY_MS, stop)) return;
    }
    if (isStopped()) return;
    loops = await startArchiving(options);
    // Loops that were started after the stop have not been stopped yet.
    if (isStopped()) for (const loop of loops) loop.stop();
    await Promise.all(loops.map(({ ended }) => ended));
    while (!(await archive.flush(RETRY_MS))) {
      if (isStopped()) return;
    }
  };

  return {
    async fromPositions() {
      for (;;) {
        if (beginsAnew) {
          await endLoops(loops);
          loops = [];
          await archive.restart();
        }
        beginsAnew = true;
        try {
          await archiveAll();
          return;
        } catch (error) {
          if (isStopped()) return;
          if (!isForPeople(error)) {
            opening.broken(error);
            throw error;
          }
          opening.unavailable(error);
          if (await clock.sleep(RETRY_MS, stop)) return;
        }
      }
    },
    loops: () => loops,
  };
}

function isForPeople(error: unknown): error is FixableError {
  return isFixable(error, 'archive') || isFixable(error, 'source');
}

/** Returns the state of the archive, as people are told of it. */
export function archiveState(archive: LogArchive, side: Pick<ArchiveSide, 'problem'>): ArchiveState {
  const found = side.problem();
  return {
    lagMs: archive.status().lagMs,
    ...(found !== undefined &&
      found.isBeginning !== true && { problem: found.detail, sinceMs: found.sinceMs }),
  };
}

function trouble(archive: LogArchive, clock: Pick<Clock, 'nowMs'>): ArchiveProblem | undefined {
  const { problem, problemSinceMs } = archive.status();
  return problem === undefined ? undefined : { detail: problem, sinceMs: problemSinceMs ?? clock.nowMs() };
}
