/**
 * Tells the engine the time while partitions are idle, and that the time is held back where the process has not run: what was idle
 * may have unread data then.
 */
import type { PartitionRef } from '../../detect/input/input.ts';
import { WHOLE_SOURCE } from '../../detect/time/partition-table.ts';
import type { Clock } from '../../event/clock.ts';
import { within } from '../../event/waiting.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import type { Engine } from '../types.ts';
import type { Announce, OpenReader } from './announcing.ts';
import type { Idleness } from './idleness.ts';
import { createTickTime, stepsTo } from './tick-time.ts';

export interface Ticking {
  /** Events up to this time have been read, none of them in the future. */
  read(lastTimeMs: number): void;
  /** Nothing is idle, as far as the engine is concerned, until the next tick. */
  holdTime(): Promise<void>;
  /** Call before anything is judged: resolves at once, unless the process stood still. */
  afterStandstill(): Promise<void>;
  /** Tells the time. Call about once a second, not before the call before has resolved. */
  tick(): Promise<void>;
}

export interface TickingOptions {
  readonly engine: Pick<Engine, 'take' | 'buffered'>;
  readonly clock: Clock;
  readonly idleness: Idleness;
  readonly announce: Announce;
  /** Those that are open by now. */
  readonly readers: readonly OpenReader[];
}

/** Nobody waits longer for a source to say which partitions it has. */
const LOOK_MAX_MS = 5_000;

export function createTicking({ engine, clock, idleness, announce, readers }: TickingOptions): Ticking {
  const tickTime = createTickTime(clock);
  let idleCount = 0;
  let begun = Promise.resolve();

  const holdTime = async (): Promise<void> => {
    idleCount = 0;
    await engine.take({ kind: 'tick', clockMs: tickTime.nowMs(), idle: [] });
  };
  const beginAnew = (): Promise<void> =>
    (begun = begun.then(holdTime).then(() => lookAround(readers, announce, clock)));

  const idleNow = (): readonly PartitionRef[] => {
    const quiet = readers.flatMap((each) => idleness.idle(each.source.name, statuses(each)));
    // Nothing but a clock says that time has passed without an event: where that may be wrong, none is idle.
    return clock.isProven() ? quiet : [];
  };

  const tickAt = async (clockMs: number): Promise<void> => {
    if (idleness.stoodStill()) return beginAnew();
    const idle = idleNow();
    idleCount = idle.length;
    await engine.take({ kind: 'tick', clockMs, idle });
  };

  const afterStandstill = (): Promise<void> => (idleness.stoodStill() ? beginAnew() : begun);

  return {
    read: (lastTimeMs) => tickTime.read(lastTimeMs),
    holdTime,
    afterStandstill,
    async tick() {
      await afterStandstill();
      for (const each of readers) await announce(each);
      const wentBack = tickTime.wentBack();
      const nowMs = tickTime.nowMs();
      const before = idleCount;
      const quiet = idleNow().length;
      if (wentBack) await engine.take({ kind: 'tick', clockMs: nowMs, idle: idleNow(), wentBack });
      // Only where more is idle than before may much have fallen due.
      const dueMs = quiet > before ? engine.buffered.nextMs() : nowMs;
      // Also once when none is left: the detector goes by what it was told last.
      for (const clockMs of quiet > 0 || before > 0 ? stepsTo(nowMs, dueMs) : []) {
        await tickAt(clockMs);
        // Others get their turn between the steps.
        if (clockMs < nowMs) await clock.sleep(0);
      }
    },
  };
}

/** A partition that has come meanwhile holds the time back before anything of the others is judged. */
async function lookAround(readers: readonly OpenReader[], announce: Announce, clock: Clock): Promise<void> {
  await Promise.all(
    readers.map(async (each) => {
      await within(each.reader.look?.() ?? Promise.resolve(), LOOK_MAX_MS, clock);
      await announce(each);
    }),
  );
}

/** Its partitions; one that has none is read to its end as a whole. */
function statuses({ reader, source: { mayHaveNone, name } }: OpenReader): readonly PartitionStatus[] {
  const partitions = reader.partitions();
  if (partitions.length > 0 || mayHaveNone !== true) return partitions;
  return [{ partition: WHOLE_SOURCE, label: name, atEnd: true }];
}
