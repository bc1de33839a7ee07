/** Wraps a reader of lines so that it hands out records, for `each`. */
import type { SourceConfig } from '../config/config.ts';
import type { Batch, Position } from '../event/batch.ts';
import { FixableError } from '../event/fixable-error.ts';
import { linePosition, splitBatch, splittingOf, type RecordSplitting } from './record-batches.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from './source.ts';

type OpenReader = (options: ReaderOptions) => Promise<LogReader>;

/** The rest of a batch of lines. */
interface Rest {
  readonly partition: number;
  readonly batches: Generator<Batch, Batch>;
}

/** How far a partition has been read. */
interface Progress {
  /** Where the reader of the lines went on after its last batch; undefined before the first of a new partition. */
  lines: Position | undefined;
  /** Records with a smaller offset had been read when the reader was opened. */
  readonly readTo: number;
}

/** How many offsets each message of Kafka has for its records. Its offsets can then go up to 2^36. */
const MESSAGE_SPACING = 2 ** 17;

/**
 * Opens a reader of the lines, and hands out their records where the source has `each`. A position of a time with `each` or without is
 * understood, but for Kafka's of a time with it: the numbers of its events would go back.
 */
export function openRecords(
  open: OpenReader,
  { kind: { kind }, decode }: Pick<SourceConfig, 'kind' | 'decode'>,
  options: ReaderOptions,
): Promise<LogReader> {
  const isKafka = kind === 'kafka';
  const splitting = splittingOf(decode, isKafka ? MESSAGE_SPACING : 1);
  if (splitting !== undefined) return openSplit(open, splitting, options);
  return open(isKafka ? options : readingLines(options));
}

async function openSplit(
  open: OpenReader,
  splitting: RecordSplitting,
  options: ReaderOptions,
): Promise<LogReader> {
  const progress = new Map<number, Progress>();
  let rests: readonly Rest[] = [];
  let held: ReadonlySet<number> = new Set();
  let isClosed = false;

  const reader = await open({
    ...options,
    position(partition) {
      const stored = options.position(partition);
      const lines = stored && (linePosition(stored) ?? stored);
      progress.set(partition, { lines, readTo: lines === stored ? 0 : stored!.offset });
      // The rest is read again.
      rests = rests.filter((rest) => rest.partition !== partition);
      return lines;
    },
  });

  function begin(batch: Batch): Rest {
    const { partition, offsets, next } = batch;
    if (!Number.isSafeInteger(next.offset * splitting.spacing)) throw tooFar(batch);
    const first = offsets[0] ?? next.offset;
    const { lines, readTo } = progress.get(partition) ?? { lines: undefined, readTo: 0 };
    const before = lines ?? { offset: first, proof: '' };
    // Lines before the position are those of a log that was begun anew.
    const from = { before, readTo: first < before.offset ? 0 : readTo };
    progress.set(partition, { lines: next, readTo: from.readTo });
    return { partition, batches: splitBatch(batch, splitting, from) };
  }

  /** Returns the rest of a batch of a partition that is ours and is not held. */
  function restInTurn(): Rest | undefined {
    if (rests.length === 0) return undefined;
    const own = new Set(reader.partitions().map(({ partition }) => partition));
    rests = rests.filter(({ partition }) => own.has(partition));
    return rests.find(({ partition }) => !held.has(partition));
  }

  function take(rest: Rest): Batch {
    const { done, value } = rest.batches.next();
    rests = rests.filter((each) => each !== rest);
    if (done !== true) rests = [rest, ...rests];
    return value;
  }

  function status(of: PartitionStatus): PartitionStatus {
    if (!rests.some(({ partition }) => partition === of.partition)) return of;
    return { ...of, atEnd: false, ...(of.ended === true && { ended: false }) };
  }

  return {
    ...(reader.look !== undefined && { look: () => reader.look!() }),
    async next(waitMs) {
      if (isClosed) return undefined;
      const rest = restInTurn();
      if (rest !== undefined) return take(rest);
      const batch = await reader.next(waitMs);
      return batch === undefined ? undefined : take(begin(batch));
    },
    durable(partition, position) {
      reader.durable(partition, linePosition(position) ?? position);
    },
    partitions: () => reader.partitions().map(status),
    hold(partitions) {
      held = partitions;
      reader.hold(partitions);
    },
    async close() {
      isClosed = true;
      rests = [];
      await reader.close();
    },
  };
}

/** Wraps the options of a reader of lines: a position among records, of a time with `each`, is understood. */
function readingLines(options: ReaderOptions): ReaderOptions {
  return {
    ...options,
    position(partition) {
      const stored = options.position(partition);
      return stored && (linePosition(stored) ?? stored);
    },
  };
}

function tooFar({ source, partition, next }: Batch): FixableError {
  return new FixableError(
    'source',
    `partition ${partition} of source ${source} has reached offset ${next.offset}, too far to number the records of its lines`,
    'read a new topic, or remove `each` and give the source another name and group',
  );
}
