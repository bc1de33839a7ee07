/**
 * Runs a backtest over files of one source or of several: decodes each by its source, and merges all by the time of their next event
 * (semantics: Ground).
 */
import type { Config } from '../../config/config.ts';
import { withGarbled } from '../../event/batch.ts';
import { threadsOfMachine, type KernelThreads } from '../../event/kernel/kernel-threads.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';
import { decodeAfterTheFact } from '../../ingest/decode/after-the-fact.ts';
import { openReplay, replayOptions, type ReplayPartition } from '../../ingest/replay.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { decoderOf } from '../decoding.ts';
import { createEvaluator, noCounts, type BacktestCounts, type BacktestResult } from './evaluator.ts';
import type { SourceFiles } from './inputs.ts';

export interface BacktestRun {
  readonly config: Config;
  readonly ruleset: Ruleset;
  /** Each source stands here once. */
  readonly inputs: readonly SourceFiles[];
  readonly until?: number | 'end';
  readonly nowMs: number;
  /** Called now and then with the number of events read so far and the time of the last one. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

/** Runs a backtest over files. Fails with FixableError where an input cannot be read. */
export async function runBacktest(run: BacktestRun): Promise<BacktestResult> {
  const { inputs, ruleset, nowMs } = run;
  const evaluator = createEvaluator({ ruleset, sources: inputs.map(({ source }) => source), nowMs });
  const counts = { ...noCounts(), timeInferred: 0 };
  // Where a thread fails, this one does its work.
  const threads = threadsOfMachine(() => undefined);
  await using closing = new AsyncDisposableStack();
  closing.defer(async () => await threads?.close());
  const read = inputs.flatMap((each) => {
    const partitions = opened(each, nowMs);
    const decode = decoding(each, run, counts, evaluator.kernel, threads);
    return partitions.map((partition): Reading => ({
      source: each.source.name,
      partition: partition.partition,
      batches: decode(partition),
    }));
  });
  for (const { source } of inputs) {
    const own = read.filter((each) => each.source === source.name);
    evaluator.partitions(
      source.name,
      own.map(({ partition }) => partition),
    );
  }
  for await (const stretch of merged(read)) {
    if (stretch.kind === 'ended') {
      evaluator.ended(stretch.source, stretch.partition);
      continue;
    }
    run.onProgress?.(counts.events, stretch.lines.timesMs[stretch.to - 1] ?? nowMs);
    evaluator.takeLines(stretch);
  }
  const episodes = evaluator.finish(run.until);
  for (const count of evaluator.matched.values()) counts.matched += count;
  return { episodes, counts };
}

function opened({ source, files }: SourceFiles, nowMs: number): readonly ReplayPartition[] {
  return openReplay(files, replayOptions(source, nowMs));
}

/** Returns a function that decodes a partition of the source and adds to `counts`. */
function decoding(
  { source }: SourceFiles,
  { config }: BacktestRun,
  counts: BacktestCounts & { timeInferred: number },
  kernel: LineKernel | undefined,
  threads: KernelThreads | undefined,
): Decode {
  const decoder = decoderOf(source, config.schema);
  return async function* (partition) {
    for await (const decoded of decodeAfterTheFact(partition.batches(), decoder, kernel, threads)) {
      counts.events += decoded.timesMs.length;
      counts.late += decoded.counts.late;
      counts.tooLate += decoded.counts.tooLate;
      counts.future += decoded.counts.future;
      counts.undecodable += decoded.counts.undecodable;
      const garbled = withGarbled(counts.garbled?.[source.name], decoded.counts.garbled);
      if (garbled !== undefined) counts.garbled = { ...counts.garbled, [source.name]: garbled };
      counts.timeInferred += decoded.counts.timeInferred;
      yield decoded;
    }
  };
}

type Decode = (partition: ReplayPartition) => AsyncGenerator<DecodedBatch>;

/** Lines [from, to) of one partition that come before the next event of every other partition; or the end of a partition. */
type Stretch =
  | {
      readonly kind: 'lines';
      readonly lines: DecodedBatch;
      readonly from: number;
      readonly to: number;
      readonly watermarkMs: number | undefined;
    }
  | { readonly kind: 'ended'; readonly source: string; readonly partition: number };

/** A partition as it is read and decoded. */
interface Reading {
  readonly source: string;
  readonly partition: number;
  readonly batches: AsyncIterator<DecodedBatch>;
}

interface Cursor {
  readonly reading: Reading;
  /** Its place among all partitions: it decides between events of one time. */
  readonly order: number;
  decoded: DecodedBatch | undefined;
  index: number;
}

async function* merged(readings: readonly Reading[]): AsyncGenerator<Stretch> {
  const open = new Set(
    readings.map((reading, order): Cursor => ({ reading, order, decoded: undefined, index: 0 })),
  );
  for (;;) {
    for (const cursor of open) {
      if (!(await fill(cursor))) {
        open.delete(cursor);
        const { source, partition } = cursor.reading;
        yield { kind: 'ended', source, partition };
      }
    }
    const [first, ...others] = [...open].sort((a, b) => nextMs(a) - nextMs(b) || a.order - b.order);
    if (first === undefined) return;
    yield take(first, others[0]);
  }
}

/** Moves the cursor to an event where it stands on none; false at the end of its input. */
async function fill(cursor: Cursor): Promise<boolean> {
  while (cursor.decoded === undefined || cursor.index >= cursor.decoded.timesMs.length) {
    const next = await cursor.reading.batches.next();
    if (next.done === true) return false;
    cursor.decoded = next.value;
    cursor.index = 0;
  }
  return true;
}

const nextMs = ({ decoded, index }: Cursor): number => decoded?.timesMs[index] ?? Infinity;

/** Takes the lines of the cursor, which stands on one, that come before the next event of `other`. */
function take(cursor: Cursor, other: Cursor | undefined): Stretch {
  const { order, index: from } = cursor;
  const lines = cursor.decoded!;
  const { timesMs } = lines;
  let to = from + 1;
  const limitMs = other === undefined ? Infinity : nextMs(other);
  const otherFirst = other !== undefined && other.order < order;
  while (to < timesMs.length && (timesMs[to]! < limitMs || (timesMs[to] === limitMs && !otherFirst))) to += 1;
  cursor.index = to;
  const watermark = lines.watermarksMs[to - 1] ?? -Infinity;
  return { kind: 'lines', lines, from, to, watermarkMs: watermark === -Infinity ? undefined : watermark };
}
