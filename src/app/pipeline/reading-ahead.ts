/**
 * Reads the batches of a source that is behind before they are asked for, so that other threads can prepare them. To the pipeline it is a
 * reader like any other: batches come in the order of their partition, and a partition with a batch that waits here is not at its end.
 */
import type { Batch, Position } from '../../event/batch.ts';
import type { LogReader, PartitionStatus } from '../../ingest/source.ts';

export interface Ahead {
  /** Maximum number of batches that are prepared at once. */
  readonly batches: number;
  /** Begins to prepare a batch. Undefined: there is nothing to prepare. */
  prepare(batch: Batch): Promise<Batch> | undefined;
  /** Waits for a batch that is being prepared. */
  prepared(batch: Promise<Batch>): Promise<Batch>;
}

export function readAhead(reader: LogReader, ahead: Ahead): LogReader {
  return new ReadingAhead(reader, ahead);
}

interface Waiting {
  readonly batch: Batch;
  /** The status of its partition when it was read. */
  readonly status: PartitionStatus | undefined;
  prepared?: Promise<Batch> | undefined;
}

class ReadingAhead implements LogReader {
  readonly look?: () => Promise<void>;
  readonly #reader: LogReader;
  readonly #ahead: Ahead;
  #waiting: Waiting[] = [];
  #held: ReadonlySet<number> = new Set();
  #isClosed = false;

  constructor(reader: LogReader, ahead: Ahead) {
    this.#reader = reader;
    this.#ahead = ahead;
    if (reader.look !== undefined) this.look = () => reader.look!();
  }

  async next(waitMs: number): Promise<Batch | undefined> {
    await this.#fill(waitMs);
    for (let [first] = this.#ready(); first !== undefined; [first] = this.#ready()) {
      const batch = first.prepared ? await this.#ahead.prepared(first.prepared) : first.batch;
      if (this.#isClosed) return undefined;
      // Its partition may be held by now.
      if (this.#held.has(batch.partition)) continue;
      this.#waiting = this.#waiting.filter((each) => each !== first);
      return batch;
    }
    return undefined;
  }

  /** Reads batches for which there is room, one at least if none is ready: those of held partitions do not keep others from being read. */
  async #fill(waitMs: number): Promise<void> {
    let isBehind = this.#waiting.length > 0;
    while (this.#ready().length === 0 || this.#waiting.length < this.#ahead.batches) {
      const batch = await this.#reader.next(this.#ready().length > 0 ? 0 : waitMs);
      if (batch === undefined) break;
      const status = this.#reader.partitions().find(({ partition }) => partition === batch.partition);
      this.#waiting.push({ batch, status });
      // A source that has no more lines is not behind, and its lines take the shortest way.
      if (!isBehind && batch.atEnd) break;
      isBehind = true;
    }
    if (isBehind) for (const each of this.#ready()) each.prepared ??= this.#ahead.prepare(each.batch);
  }

  durable(partition: number, position: Position): void {
    this.#reader.durable(partition, position);
  }

  partitions(): readonly PartitionStatus[] {
    const statuses = this.#reader.partitions();
    if (this.#waiting.length === 0) return statuses;
    const unread = new Map(this.#waiting.map(({ batch, status }) => [batch.partition, status]));
    const gone = [...unread].flatMap(([partition, status]) =>
      status === undefined || statuses.some((each) => each.partition === partition) ? [] : [status],
    );
    return [...statuses, ...gone].map((status) => (unread.has(status.partition) ? unended(status) : status));
  }

  hold(partitions: ReadonlySet<number>): void {
    this.#held = partitions;
    this.#reader.hold(partitions);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting = [];
    await this.#reader.close();
  }

  #ready(): readonly Waiting[] {
    return this.#waiting.filter(({ batch }) => !this.#held.has(batch.partition));
  }
}

function unended({ ended: _, ...status }: PartitionStatus): PartitionStatus {
  return { ...status, atEnd: false };
}
