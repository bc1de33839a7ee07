/** Runs a backtest over files: decodes them by their source and merges them by the time of their next event (semantics: Ground). */
import type { Config, SourceConfig } from '../../config/config.ts';
import { threadsOfMachine, type KernelThreads } from '../../event/kernel/kernel-threads.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';
import { decodeAfterTheFact } from '../../ingest/decode/after-the-fact.ts';
import { openReplay, type ReplayPartition } from '../../ingest/replay.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { decoderOf } from '../decoding.ts';
import { createEvaluator, noCounts, type BacktestCounts, type BacktestResult } from './evaluator.ts';

export interface BacktestRun {
  readonly config: Config;
  readonly source: SourceConfig;
  readonly ruleset: Ruleset;
  /** Files in the order that numbers their partitions; `-` stands for standard input. */
  readonly inputs: readonly string[];
  readonly until?: number | 'end';
  readonly nowMs: number;
  /** Called now and then with the number of events read so far and the time of the last one. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

/** Runs a backtest over files. Fails with FixableError where an input cannot be read. */
export async function runBacktest(run: BacktestRun): Promise<BacktestResult> {
  const { source, ruleset, nowMs } = run;
  const evaluator = createEvaluator({ ruleset, sources: [source], nowMs });
  const counts = noCounts();
  const { multilineStart } = source.decode;
  const partitions = openReplay(run.inputs, {
    source: source.name,
    nowMs,
    ...(multilineStart !== undefined && { multilineStart }),
  });
  evaluator.partitions(
    source.name,
    partitions.map(({ partition }) => partition),
  );
  // Where a thread fails, this one does its work.
  const threads = threadsOfMachine(() => undefined);
  await using closing = new AsyncDisposableStack();
  closing.defer(async () => await threads?.close());
  for await (const stretch of merged(partitions, decoding(run, counts, evaluator.kernel, threads))) {
    if (stretch.kind === 'ended') {
      evaluator.ended(source.name, stretch.partition);
      continue;
    }
    run.onProgress?.(counts.events, stretch.lines.timesMs[stretch.to - 1] ?? nowMs);
    evaluator.takeLines(stretch);
  }
  const episodes = evaluator.finish(run.until);
  for (const count of evaluator.matched.values()) counts.matched += count;
  return { episodes, counts };
}

/** Returns a function that decodes a partition of the replay and adds to `counts`. */
function decoding(
  { config, source }: BacktestRun,
  counts: BacktestCounts,
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
  | { readonly kind: 'ended'; readonly partition: number };

interface Cursor {
  readonly partition: number;
  readonly batches: AsyncIterator<DecodedBatch>;
  decoded: DecodedBatch | undefined;
  index: number;
}

async function* merged(partitions: readonly ReplayPartition[], decode: Decode): AsyncGenerator<Stretch> {
  const open = new Set<Cursor>();
  for (const each of partitions)
    open.add({ partition: each.partition, batches: decode(each), decoded: undefined, index: 0 });
  for (;;) {
    for (const cursor of open) {
      if (!(await fill(cursor))) {
        open.delete(cursor);
        yield { kind: 'ended', partition: cursor.partition };
      }
    }
    const [first, ...others] = [...open].sort((a, b) => nextMs(a) - nextMs(b) || a.partition - b.partition);
    if (first === undefined) return;
    yield take(first, others[0]);
  }
}

/** Moves the cursor to an event where it stands on none; false at the end of its input. */
async function fill(cursor: Cursor): Promise<boolean> {
  while (cursor.decoded === undefined || cursor.index >= cursor.decoded.timesMs.length) {
    const next = await cursor.batches.next();
    if (next.done === true) return false;
    cursor.decoded = next.value;
    cursor.index = 0;
  }
  return true;
}

const nextMs = ({ decoded, index }: Cursor): number => decoded?.timesMs[index] ?? Infinity;

/** Takes the lines of the cursor, which stands on one, that come before the next event of `other`. */
function take(cursor: Cursor, other: Cursor | undefined): Stretch {
  const { partition, index: from } = cursor;
  const lines = cursor.decoded!;
  const { timesMs } = lines;
  let to = from + 1;
  const limitMs = other === undefined ? Infinity : nextMs(other);
  const otherFirst = other !== undefined && other.partition < partition;
  while (to < timesMs.length && (timesMs[to]! < limitMs || (timesMs[to] === limitMs && !otherFirst))) to += 1;
  cursor.index = to;
  const watermark = lines.watermarksMs[to - 1] ?? -Infinity;
  return { kind: 'lines', lines, from, to, watermarkMs: watermark === -Infinity ? undefined : watermark };
}
