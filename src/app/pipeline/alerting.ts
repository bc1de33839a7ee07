/**
 * Alerting: source → decode → match → detect → outbox. One loop a source; the engine takes what they give one after the other.
 * Knows nothing of the archive.
 */
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { PartitionRef } from '../../detect/input/input.ts';
import { wholeSource } from '../../detect/time/partition-table.ts';
import type { StateStore } from '../../detect/store/store.ts';
import {
  unknownPartition,
  type LogReader,
  type LogSource,
  type PartitionStatus,
} from '../../ingest/source.ts';
import type { Matcher } from '../../match/matcher.ts';
import type { Schema } from '../../event/event.ts';
import { createAlignment } from './alignment.ts';
import { judgeByClock } from './by-clock.ts';
import { countDecoded, countMatches } from './counts.ts';
import type { Engine, ReadLoop, BatchRead } from '../types.ts';
import { createIdleness } from './idleness.ts';
import { readInto } from './reading.ts';
import { type OpenSource } from './sources.ts';
import { decoderOf, batchInput } from '../decoding.ts';
import { createTickTime, stepsTo } from './tick-time.ts';
import { within } from '../../event/waiting.ts';

export interface AlertingOptions {
  readonly sources: readonly OpenSource[];
  readonly schema: Schema;
  readonly store: StateStore;
  readonly engine: Engine;
  /** The matcher of the rules in force; asked for each batch. */
  readonly matcher: () => Matcher;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Most matches that may wait to be settled (alignment.ts). */
  readonly mostWaiting?: number;
  /** Told of each batch once it is durable. */
  readonly onRead?: (read: BatchRead) => void;
  /** A source knows that we have read a partition up to an offset, while the store has no position of it. */
  readonly onContinued?: (source: string, partition: number, offset: number) => void;
  /** Told where a source has kept that a partition was read up to `offset`, further than the state knows (`own`). */
  readonly onReadFurther?: (source: string, partition: number, own: number, offset: number) => void;
}

export interface Alerting {
  readonly loops: readonly ReadLoop[];
  /** Resolves when every source has ended and its last event is settled; rejects with what a loop could not get over. */
  readonly ended: Promise<void>;
  /** Tells the engine the time while partitions are idle. Called about once a second. */
  tick(): Promise<void>;
  /** Why some partitions are not read for now, for /readyz. */
  readonly held: () => string | undefined;
}

/** Nobody waits longer for a source to say which partitions it has. */
const mostLookMs = 5_000;

/** Starts one loop a source. Fails with FixableError where a source cannot be opened. */
export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const { clock } = options;
  const idleness = createIdleness(() => clock.steadyMs());
  const tickTime = createTickTime(clock);
  const known = new Map<string, string>();
  const alignment = createAlignment(options.engine.backlog, options.telemetry, options.mostWaiting);
  const readers: { readonly source: LogSource; readonly reader: LogReader }[] = [];

  /** Until it is done the source as a whole holds the time back. */
  const announcePartitions = async (reader: LogReader, { name, mayHaveNone }: LogSource): Promise<void> => {
    const partitions = reader
      .partitions()
      .flatMap(({ partition }) => (partition === unknownPartition ? [] : [partition]));
    const text = partitions.join();
    if ((partitions.length === 0 && mayHaveNone !== true) || known.get(name) === text) return;
    known.set(name, text);
    await options.engine.take({ kind: 'partitions', source: name, partitions });
  };

  const start = async ({ config, source }: OpenSource): Promise<ReadLoop> => {
    const reader = await source.open({
      purpose: 'alert',
      position: (partition) => options.store.position(config.name, partition),
      continued: (partition, offset) => options.onContinued?.(config.name, partition, offset),
      readFurther: (partition, own, offset) => options.onReadFurther?.(config.name, partition, own, offset),
    });
    readers.push({ source, reader });
    await announcePartitions(reader, source);
    const decoder = decoderOf(config, options.schema);
    return readInto(source, reader, async (batch) => {
      idleness.inHand(config.name, batch.partition);
      await afterStandstill();
      await announcePartitions(reader, source);
      const timing = options.store.position(config.name, batch.partition)?.timing;
      const { readAtMs, decoded } = judgeByClock(batch, clock, (stamped) =>
        decoder.decode(stamped, typeof timing === 'string' ? timing : undefined),
      );
      const { matches, missed, late } = options.matcher().match(decoded.events);
      const input = {
        ...batchInput({ ...batch, readAtMs }, decoded, matches),
        ...(late.length > 0 && { late }),
      };
      if (input.lastTimeMs !== undefined) tickTime.read(input.lastTimeMs);
      await options.engine.take(input, {
        source: config.name,
        partition: batch.partition,
        position: { ...batch.next, timing: decoded.timing },
      });
      idleness.heard(config.name, batch.partition);
      countDecoded(options.telemetry, config.name, batch, decoded);
      countMatches(options.telemetry, matches, missed);
      options.onRead?.({ ...input, events: decoded.events.length });
      const labels = { source: config.name, partition: batch.partition, reader: 'alert' };
      options.telemetry.gauge('position', labels, batch.next.offset);
      reader.durable(batch.partition, batch.next);
      alignment.align(readers);
    });
  };

  let idleCount = 0;
  /** What was idle may have unread data by now, and then holds the time back. */
  const holdTime = async (): Promise<void> => {
    idleCount = 0;
    await options.engine.take({ kind: 'tick', clockMs: tickTime.nowMs(), idle: [] });
  };

  /** A partition that has come meanwhile holds the time back before anything of the others is judged. */
  const lookAround = async (): Promise<void> => {
    await Promise.all(
      readers.map(async ({ reader, source }) => {
        await within(reader.look?.() ?? Promise.resolve(), mostLookMs);
        await announcePartitions(reader, source);
      }),
    );
  };

  let begun = Promise.resolve();
  const beginAnew = (): Promise<void> => (begun = begun.then(holdTime).then(lookAround));
  const afterStandstill = (): Promise<void> => (idleness.stoodStill() ? beginAnew() : begun);

  const idleNow = (): readonly PartitionRef[] => {
    const quiet = loops.flatMap(({ reader, source }) => idleness.idle(source.name, statuses(reader, source)));
    // Nothing but a clock says that time has passed without an event: where that may be wrong, none is idle.
    return clock.isProven() ? quiet : [];
  };

  const tickAt = async (clockMs: number): Promise<void> => {
    if (idleness.stoodStill()) return beginAnew();
    const idle = idleNow();
    idleCount = idle.length;
    await options.engine.take({ kind: 'tick', clockMs, idle });
  };

  // Idle when the process before us ended.
  await holdTime();
  const loops = await Promise.all(options.sources.map(start));
  const ended = Promise.all(loops.map((loop) => loop.ended)).then(async () => {
    if (loops.every(({ source }) => source.finite))
      await options.engine.take({ kind: 'settle', untilMs: 'last' });
  });
  ended.catch(() => undefined);
  return {
    loops,
    ended,
    held: alignment.problem,
    async tick() {
      await afterStandstill();
      for (const { reader, source } of loops) await announcePartitions(reader, source);
      const wentBack = tickTime.wentBack();
      const nowMs = tickTime.nowMs();
      const before = idleCount;
      const quiet = idleNow().length;
      if (wentBack) await options.engine.take({ kind: 'tick', clockMs: nowMs, idle: idleNow(), wentBack });
      // Only where more is idle than before may much have fallen due.
      const dueMs = quiet > before ? options.engine.backlog.nextMs() : nowMs;
      // Also once when none is left: the detector goes by what it was told last.
      for (const clockMs of quiet > 0 || before > 0 ? stepsTo(nowMs, dueMs) : []) {
        await tickAt(clockMs);
        // Others get their turn between the steps.
        if (clockMs < nowMs) await turn();
      }
      alignment.align(readers);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Its partitions; one that has none is read to its end as a whole. */
function statuses(reader: LogReader, { mayHaveNone, name }: LogSource): readonly PartitionStatus[] {
  const partitions = reader.partitions();
  if (partitions.length > 0 || mayHaveNone !== true) return partitions;
  return [{ partition: wholeSource, label: name, atEnd: true }];
}
