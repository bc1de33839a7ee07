/**
 * Alerting: source → decode → match → detect → outbox. Each source has one loop; the engine takes the batches of all loops one after the
 * other. Alerting knows nothing of the archive.
 */
import type { SourceConfig } from '../../config/config.ts';
import type { AnyBatch } from '../../detect/input/input.ts';
import type { StateStore, StoredPosition } from '../../detect/store/store.ts';
import { lineCount, type Batch } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import type { Schema } from '../../event/event.ts';
import type { KernelThreads } from '../../event/kernel/kernel-threads.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { DecodedBatch, Decoder } from '../../ingest/decode/decoder.ts';
import { createZoneWatch } from '../../ingest/decode/faults/zone-watch.ts';
import type { Matcher } from '../../match/matcher.ts';
import { batchInput, decoderOf } from '../decoding.ts';
import type { BatchRead, Engine, ReadLoop } from '../types.ts';
import { createAlignment } from './alignment.ts';
import { createAnnounce, type Announce, type OpenReader } from './announcing.ts';
import { judgeByClock } from './by-clock.ts';
import { countDecoded, countMatches } from './counts.ts';
import { createIdleness, type Idleness } from './idleness.ts';
import { readAhead } from './reading-ahead.ts';
import { readInto } from './reading.ts';
import { takingOn } from './reading-on.ts';
import type { OpenSource } from './sources.ts';
import { createTicking, type Ticking } from './ticking.ts';

export interface AlertingOptions {
  readonly sources: readonly OpenSource[];
  readonly schema: Schema;
  readonly store: StateStore;
  readonly engine: Engine;
  /** Returns the matcher of the rules in force; called for each batch. */
  readonly matcher: () => Matcher;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Threads that read lines of sources that are behind; absent: this thread reads all lines. */
  readonly threads?: KernelThreads;
  /** Maximum number of matches in the event-time buffer (alignment.ts). */
  readonly waitingMax?: number;
  /** Called with each batch once it is durable. */
  readonly onRead?: (read: BatchRead) => void;
  /** Called with each batch once it is durable, and the number of its lines that are behind by a time zone. */
  readonly onDecoded?: (decoded: DecodedBatch, offZone: number) => void;
  /** Called where a source knows that Tocsin has read a partition up to `offset`, while the store has no position of that partition. */
  readonly onContinued?: (source: string, partition: number, offset: number) => void;
  /** Called where a source knows that a partition was read up to `offset`, further than the position in the state (`own`). */
  readonly onReadFurther?: (source: string, partition: number, own: number, offset: number) => void;
}

export interface Alerting {
  readonly loops: readonly ReadLoop[];
  /** Resolves when every source has ended and its last event is final. Rejects with an error that ended a loop. */
  readonly ended: Promise<void>;
  /** Tells the engine the time while partitions are idle. Called about once a second. */
  tick(): Promise<void>;
  /** The reason why some partitions are not read for now, for /readyz. */
  readonly held: () => string | undefined;
}

/** Starts one loop for each source. Fails with FixableError where a source cannot be opened. */
export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const { clock, engine } = options;
  const readers: OpenReader[] = [];
  const idleness = createIdleness(() => clock.steadyMs());
  const announce = createAnnounce(engine);
  const ticking = createTicking({ engine, clock, idleness, announce, readers });
  const alignment = createAlignment(engine.buffered, options.telemetry, options.waitingMax);
  const align = (): void => alignment.align(readers);
  const shared = { ...options, idleness, announce, ticking, readers, align };

  // Partitions that were idle when the process before this one ended are not idle now.
  await ticking.holdTime();
  const loops = await Promise.all(options.sources.map((each) => startLoop(each, shared)));
  const ended = Promise.all(loops.map((loop) => loop.ended)).then(async () => {
    if (loops.every(({ source }) => source.finite)) await engine.take({ kind: 'finalise', untilMs: 'last' });
  });
  ended.catch(() => undefined);
  return {
    loops,
    ended,
    held: alignment.problem,
    async tick() {
      await ticking.tick();
      align();
    },
  };
}

/** The options and the parts that all loops share. */
interface Shared extends AlertingOptions {
  readonly idleness: Idleness;
  readonly announce: Announce;
  readonly ticking: Ticking;
  /** Each reader is added when it is opened. */
  readonly readers: OpenReader[];
  readonly align: () => void;
}

async function startLoop({ config, source }: OpenSource, shared: Shared): Promise<ReadLoop> {
  const { store, announce, ticking, idleness } = shared;
  const decoder = decoderOf(config, shared.schema);
  const opened = await source.open({
    purpose: 'alert',
    position: (partition) => store.position(config.name, partition),
    continued: (partition, offset) => shared.onContinued?.(config.name, partition, offset),
    readFurther: (partition, own, offset) => shared.onReadFurther?.(config.name, partition, own, offset),
  });
  const { threads } = shared;
  const reader =
    threads === undefined
      ? opened
      : readAhead(opened, {
          batches: threads.batches,
          prepared: (batch) => threads.helpUntil(batch),
          prepare(batch) {
            const { kernel } = shared.matcher();
            return kernel && decoder.readAhead(batch, kernel, threads);
          },
        });
  shared.readers.push({ source, reader });
  await announce({ source, reader });
  const { judge, goesOn } = createJudge(config, decoder, shared);
  const takeDurably = async (batch: Batch, judged: JudgedBatch, alone: Promise<unknown>): Promise<void> => {
    const { partition, next } = batch;
    const moved = { source: config.name, partition, position: judged.position };
    await shared.engine.take(judged.input, moved, undefined, alone);
    idleness.heard(config.name, partition);
    judged.count();
    reader.durable(partition, next);
    shared.align();
  };
  const takeOn = takingOn({
    clock: shared.clock,
    mayFollow: goesOn,
    async handIn(batch, alone) {
      idleness.inHand(config.name, batch.partition);
      await ticking.afterStandstill();
      await announce({ source, reader });
      const judged = judge(batch);
      const { lastTimeMs, matches } = judged.input;
      if (lastTimeMs !== undefined) ticking.read(lastTimeMs);
      return { matches: matches.length, done: takeDurably(batch, judged, alone) };
    },
  });
  return readInto(source, reader, takeOn);
}

/** The result of decoding and matching a batch. */
interface JudgedBatch {
  readonly input: AnyBatch;
  /** The position where the partition goes on once the input is durable. */
  readonly position: StoredPosition;
  /** Counts the batch in the metrics, reports it to `onRead`, and lets go of it. Call it once the input is durable. */
  readonly count: () => void;
}

/** Decodes the batches of one source and matches them by the rules in force. */
interface Judge {
  readonly judge: (batch: Batch) => JudgedBatch;
  /** Returns true if the batch follows the one that was judged last in its partition. Any other may be judged once that one is durable. */
  readonly goesOn: (batch: Batch) => boolean;
}

function createJudge(
  config: SourceConfig,
  decoder: Decoder,
  { store, clock, matcher, telemetry, onRead, onDecoded }: AlertingOptions,
): Judge {
  /** For each partition: where the batch ended that was judged last, and its timing. */
  const last = new Map<number, { readonly nextOffset: number; readonly timing: string }>();
  const zones = createZoneWatch();
  const goesOn = ({ partition, offsets, next }: Batch): boolean => {
    const before = last.get(partition);
    return before !== undefined && (offsets[0] ?? next.offset) >= before.nextOffset;
  };
  const timingBefore = (batch: Batch): unknown =>
    goesOn(batch) ? last.get(batch.partition)!.timing : store.position(config.name, batch.partition)?.timing;

  const judge = (batch: Batch): JudgedBatch => {
    const { partition, next } = batch;
    const timing = timingBefore(batch);
    const inForce = matcher();
    const { readAtMs, decoded } = judgeByClock(batch, clock, (stamped) =>
      decoder.decode(stamped, typeof timing === 'string' ? timing : undefined, inForce.kernel),
    );
    last.set(partition, { nextOffset: next.offset, timing: decoded.timing });
    const matched = inForce.matchLines(decoded);
    const { columns, missed, late } = matched;
    const input = {
      ...batchInput({ ...batch, readAtMs }, decoded, columns),
      ...(late.length > 0 && { late }),
    };
    return {
      input,
      position: { ...next, timing: decoded.timing },
      count() {
        const offZone = zones.behind(decoded);
        countDecoded(telemetry, config.name, batch, decoded);
        telemetry.count('events_off_zone', { source: config.name }, offZone);
        onDecoded?.(decoded, offZone);
        countMatches(telemetry, columns, missed);
        onRead?.({ ...input, events: lineCount(batch) });
        telemetry.gauge('position', { source: config.name, partition, reader: 'alert' }, next.offset);
        matched.leaveBatch();
      },
    };
  };
  return { judge, goesOn };
}
