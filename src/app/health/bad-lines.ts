/** Keeps a few of the latest lines of each source that could not be read as they should be, to say why. It keeps no more than its bounds. */
import type { Config } from '../../config/config.ts';
import { lineCount, originOf, originsOfLines, type Batch, type LineOrigin } from '../../event/batch.ts';
import { createDecoder, type DecodedBatch } from '../../ingest/decode/decoder.ts';
import type { FaultReason, ReadingFault } from '../../ingest/decode/faults/fault.ts';
import { faultOf, linesOf } from '../../ingest/decode/faults/find.ts';
import { isGarbled, seenLines } from '../../ingest/decode/faults/seen-lines.ts';

/** Lines of a batch that are kept, and batches for each source and reason. */
const LINES_KEPT = 20;
const BATCHES_KEPT = 5;
/** Longer lines are left out. */
const LINE_BYTES_MAX = 4_096;
/** A batch is kept at most so often, and a cause is looked for at most so often. */
const TAKEN_EVERY_MS = 1_000;
const FOUND_EVERY_MS = 60_000;

export interface BadLines {
  /** Takes a batch that was read. `offZone`: the number of its lines that are behind by a time zone. */
  readonly take: (decoded: DecodedBatch, offZone: number) => void;
  /** Returns the cause for which lines of the source are misread; undefined where none is known. */
  readonly fault: (source: string, reason: string, nowMs: number) => ReadingFault | undefined;
}

interface Kept {
  batches: readonly Batch[];
  takenMs: number;
  found?: { readonly fault: ReadingFault | undefined; readonly atMs: number };
}

export function createBadLines({ sources, schema }: Pick<Config, 'sources' | 'schema'>): BadLines {
  const bySource = new Map(sources.map((source) => [source.name, { source, kept: new Map<string, Kept>() }]));

  const keep = (reason: FaultReason, decoded: DecodedBatch, isOf?: (line: number) => boolean): void => {
    const { batch } = decoded;
    const kept = bySource.get(batch.source)?.kept;
    if (kept === undefined) return;
    const known = kept.get(reason) ?? { batches: [], takenMs: -Infinity };
    if (Math.abs(batch.readAtMs - known.takenMs) < TAKEN_EVERY_MS && known.batches.length > 0) return;
    const some = excerptOf(decoded, isOf);
    if (lineCount(some) === 0) return;
    known.batches = [...known.batches, some].slice(-BATCHES_KEPT);
    known.takenMs = batch.readAtMs;
    kept.set(reason, known);
  };

  return {
    take(decoded, offZone) {
      const { batch, counts, timesMs } = decoded;
      const most = (count: number): boolean => 2 * count > timesMs.length;
      if (most(counts.undecodable)) keep('lines_undecodable', decoded);
      if (most(counts.timeInferred)) keep('lines_untimed', decoded);
      if (most(counts.future)) keep('lines_future', decoded);
      if (most(counts.tooLate)) keep('lines_too_late', decoded);
      if (offZone > 0) keep('lines_off_zone', decoded);
      // Often only a few of many lines are not of the encoding.
      if (counts.garbled !== undefined)
        keep('lines_not_utf8', decoded, (i) =>
          isGarbled(batch.bytes.subarray(batch.starts[i], batch.ends[i]), batch),
        );
    },
    fault(name, reason, nowMs) {
      const of = bySource.get(name);
      const kept = of?.kept.get(reason);
      if (of === undefined || kept === undefined) return undefined;
      if (kept.found === undefined || Math.abs(nowMs - kept.found.atMs) >= FOUND_EVERY_MS) {
        const decoder = createDecoder(of.source, schema);
        const seen = seenLines(
          of.source,
          schema,
          kept.batches.map((batch) => decoder.decode(batch, undefined)),
        );
        const bad = linesOf(reason as FaultReason, seen);
        // A few lines alone do not say which of them were too late: most of them were.
        const all = reason === 'lines_too_late' && bad.length === 0 ? seen.lines : bad;
        kept.found = { fault: faultOf(reason as FaultReason, all, seen), atMs: nowMs };
      }
      return kept.found.fault;
    },
  };
}

/** `isOf`: which lines are meant; absent: any, so some of all are taken. Returns a batch of its own, which holds on to nothing of the other. */
function excerptOf({ batch, origins }: DecodedBatch, isOf?: (line: number) => boolean): Batch {
  const { starts, ends } = batch;
  const isShort = (i: number): boolean =>
    ends[i]! - starts[i]! + (origins === undefined ? 0 : unitsOf(originOf(origins, i))) <= LINE_BYTES_MAX;
  const fitting: number[] = [];
  const step = isOf === undefined ? Math.max(1, Math.floor(lineCount(batch) / LINES_KEPT)) : 1;
  for (let i = 0; i < lineCount(batch) && fitting.length < LINES_KEPT; i += step)
    if (isShort(i) && (isOf === undefined || isOf(i))) fitting.push(i);
  const parts = fitting.map((i) => Buffer.from(batch.bytes.subarray(starts[i], ends[i])));
  let at = 0;
  const begins = parts.map((part) => (at += part.length) - part.length);
  const { source, partition, readAtMs, writtenByMs, next, garbled, offsets, recordTimesMs } = batch;
  return {
    source,
    partition,
    readAtMs,
    ...(writtenByMs !== undefined && { writtenByMs }),
    next,
    cutLines: 0,
    garbled,
    bytes: Buffer.concat(parts),
    starts: Uint32Array.from(begins),
    ends: Uint32Array.from(begins, (begin, i) => begin + parts[i]!.length),
    offsets: Float64Array.from(fitting, (i) => offsets[i]!),
    ...(recordTimesMs && { recordTimesMs: Float64Array.from(fitting, (i) => recordTimesMs[i]!) }),
    ...(origins && { origins: originsOfLines(origins, fitting) }),
    atEnd: false,
  };
}

const unitsOf = (origin: LineOrigin): number =>
  Object.values(origin).reduce((sum, text) => sum + (text?.length ?? 0), 0);
