/**
 * Tells the engine the time while partitions are idle. After a standstill of the process it tells the engine that the time is held back,
 * because partitions that were idle may have unread data then.
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
  /** Notes that events up to this time have been read, none of them in the future. */
  read(lastTimeMs: number): void;
  /** Tells the engine that no partition is idle until the next tick. */
  holdTime(): Promise<void>;
  /** Call before anything is judged. Resolves at once, unless the process stood still. */
  afterStandstill(): Promise<void>;
  /** Tells the engine the time. Call about once a second, and not before the last call has resolved. */
  tick(): Promise<void>;
}

export interface TickingOptions {
  readonly engine: Pick<Engine, 'take' | 'buffered'>;
  readonly clock: Clock;
  readonly idleness: Idleness;
  readonly announce: Announce;
  /** The readers that are open by now. */
  readonly readers: readonly OpenReader[];
}

/** Maximum time to wait for a source to say which partitions it has. */
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
    // Only the clock says that time has passed without an event. While the clock is not proven, no partition is idle.
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
      // Much can have become due only where more partitions are idle than before.
      const dueMs = quiet > before ? engine.buffered.nextMs() : nowMs;
      // One tick also when no partition is idle any more: the detector uses the last list that it was told.
      for (const clockMs of quiet > 0 || before > 0 ? stepsTo(nowMs, dueMs) : []) {
        await tickAt(clockMs);
        // Other work gets its turn between the steps.
        if (clockMs < nowMs) await clock.sleep(0);
      }
    },
  };
}

/** Looks for new partitions. A new partition must hold the time back before anything of the others is judged. */
async function lookAround(readers: readonly OpenReader[], announce: Announce, clock: Clock): Promise<void> {
  await Promise.all(
    readers.map(async (each) => {
      await within(each.reader.look?.() ?? Promise.resolve(), LOOK_MAX_MS, clock);
      await announce(each);
    }),
  );
}

/** Returns the partitions of a reader. A source that may have none, and has none, counts as one partition read to its end. */
function statuses({ reader, source: { mayHaveNone, name } }: OpenReader): readonly PartitionStatus[] {
  const partitions = reader.partitions();
  if (partitions.length > 0 || mayHaveNone !== true) return partitions;
  return [{ partition: WHOLE_SOURCE, label: name, atEnd: true }];
}
