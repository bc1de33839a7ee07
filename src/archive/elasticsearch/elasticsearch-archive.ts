/**
 * The archive in Elasticsearch. Batches become documents; the id of a document is made from its position. `BulkLoop` stores the documents
 * in any order. The position of a partition moves when everything up to it is stored or a dead letter. After a failure in between, the
 * events are read again from the position, and those that were stored are found by their id.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { ElasticsearchConfig } from '../../config/archives/elasticsearch.ts';
import { diskTrouble } from '../../event/disk-trouble.ts';
import type { Clock } from '../../event/clock.ts';
import type { Schema } from '../../event/event.ts';
import { guarded, keepGoing } from '../../event/supervisor.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Condition } from '../../rule/ast.ts';
import type {
  ArchiveBatch,
  ArchivedLines,
  ArchivedPosition,
  ArchiveStatus,
  LogArchive,
  SearchHit,
  SearchRequest,
  Written,
} from '../archive.ts';
import { Ageing } from '../ageing.ts';
import { WriteQueue } from '../write-queue.ts';
import { appendDeadLetter } from '../dead-letters.ts';
import { BULK_LIMITS, BulkLoop } from './bulk-loop.ts';
import type { BulkLimits } from './bulk-loop.ts';
import type { BulkProblem } from './bulk-problems.ts';
import { sendBulk } from './bulk-request.ts';
import type { BulkDocument } from './bulk-request.ts';
import { createClient, isPacked } from './client.ts';
import type { Refusal } from './ask.ts';
import { Documents } from './documents.ts';
import { dropOldIndices, ensureIndex, prepareIndices } from './indices.ts';
import { LowWater } from './low-water.ts';
import type { OpenBatch } from './low-water.ts';
import { daysKept, Placement, placing, undatedIndex } from './placement.ts';
import type { DayRange } from './position-store.ts';
import { PositionStore } from './position-store.ts';
import { searchElasticsearch } from './search.ts';
import { FixableError } from '../../event/fixable-error.ts';
import { sleep } from '../../event/waiting.ts';

const QUEUE_LIMITS = { bytes: 32 << 20, events: 20_000 };
const RETENTION_EVERY_MS = 60 * 60_000;
const DISK_RETRY_MS = 1_000;

/** Documents that are made before other work gets a turn. */
const AT_ONCE = 500;

interface Document extends BulkDocument {
  readonly open: OpenBatch;
}

/** The parts that differ in tests and are not in the configuration. */
export interface ElasticsearchArchiveOptions {
  readonly toQuery: (condition: Condition, schema: Schema) => object;
  readonly clock: Clock;
  readonly requestTimeoutMs?: number;
  readonly limits?: Partial<BulkLimits>;
}

export class ElasticsearchArchive implements LogArchive {
  readonly #config: ElasticsearchConfig;
  readonly #schema: Schema;
  readonly #documents: Documents;
  readonly #dataDir: string;
  readonly #telemetry: Telemetry;
  readonly #options: ElasticsearchArchiveOptions;
  readonly #now: () => number;
  readonly #ageing: Ageing;
  readonly #client: Client;
  readonly #unwritten: WriteQueue;
  readonly #lowWater = new LowWater();
  readonly #bulk: BulkLoop<Document>;
  readonly #closing = new AbortController();
  #store: PositionStore | undefined;
  #retention: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #diskProblem: BulkProblem | undefined;
  #stored = 0;
  #deadLetters = 0;

  constructor(
    config: ElasticsearchConfig,
    schema: Schema,
    dataDir: string,
    telemetry: Telemetry,
    options: ElasticsearchArchiveOptions,
  ) {
    this.#config = config;
    this.#schema = schema;
    this.#documents = new Documents(schema);
    this.#dataDir = dataDir;
    this.#telemetry = telemetry;
    this.#options = options;
    this.#now = () => options.clock.nowMs();
    this.#ageing = new Ageing(options.clock);
    this.#client = createClient(config, options.requestTimeoutMs ?? 30_000);
    this.#unwritten = new WriteQueue(QUEUE_LIMITS, () => options.clock.steadyMs());
    const store = {
      node: config.node,
      dataDir,
      now: this.#now,
      send: (documents: readonly Document[], signal: AbortSignal) =>
        sendBulk(this.#client, documents, { signal, isPacked: isPacked(config) }),
      ensureIndex: (index: string) => ensureIndex(this.#client, config, schema, index),
      deadLetter: (document: Document, refusal: Refusal) => this.#deadLetter(document, refusal),
      done: (document: Document, how: 'created' | 'existing' | 'dead') => this.#done(document, how),
    };
    this.#bulk = new BulkLoop(store, { ...BULK_LIMITS, ...options.limits }, telemetry);
  }

  async open(): Promise<void> {
    await prepareIndices(this.#client, this.#config, this.#schema, this.#telemetry);
    try {
      this.#store ??= new PositionStore(this.#dataDir);
    } catch (error) {
      const [what, fix] = positionsTrouble(error, this.#dataDir);
      throw new FixableError('archive', `the archive's positions: ${what}`, fix, { cause: error });
    }
    this.#dropOld();
    this.#retention ??= setInterval(() => this.#dropOld(), RETENTION_EVERY_MS).unref();
  }

  position(source: string, partition: number): ArchivedPosition | undefined {
    return this.#store?.position(source, partition);
  }

  async write({ decoded }: ArchiveBatch): Promise<Written> {
    if (this.#store === undefined) throw new Error('the archive is not open');
    await this.#unwritten.room();
    const lines = await decoded();
    const ranges = await this.#judged(lines);
    // The archive is closing: the batch never becomes durable.
    if (ranges === undefined) return { durable: new Promise(() => undefined) };
    const open = this.#lowWater.begin(lines, this.#unwritten.begin());
    const written = { durable: open.durable.promise };
    const indexOf = placing(this.#config.index);
    for (const [i, range] of ranges.entries()) {
      if (this.#unwritten.isFull) await this.#unwritten.room();
      if (i % AT_ONCE === AT_ONCE - 1) await nextTurn();
      if (this.#closing.signal.aborted) return written;
      const index = indexOf(lines.timesMs[i]!, range);
      const { id, source } = this.#documents.of(lines, i);
      // The action line around index and id takes 70 bytes.
      const bytes = Buffer.byteLength(source) + index.length + Buffer.byteLength(id) + 70;
      open.left += 1;
      this.#unwritten.add(1, bytes);
      this.#bulk.add({ id, index, source, bytes, open });
    }
    this.#complete(open);
    return written;
  }

  flush(withinMs: number): Promise<boolean> {
    this.#bulk.hurry();
    return this.#unwritten.drained(withinMs);
  }

  search(request: SearchRequest): AsyncIterable<SearchHit> {
    const query = this.#options.toQuery(request.condition, this.#schema);
    return searchElasticsearch(this.#client, this.#config, query, request);
  }

  status(): ArchiveStatus {
    const { lagMs, events: pendingEvents } = this.#unwritten;
    const problem = this.#diskProblem ?? this.#bulk.problem;
    return {
      lagMs,
      pendingEvents,
      stored: this.#stored,
      deadLetters: this.#deadLetters,
      ...(problem !== undefined && { problem: problem.text, problemSinceMs: problem.sinceMs }),
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#retention);
    this.#unwritten.close();
    await this.#bulk.close();
    await this.#committing;
    await this.#client.close();
    this.#store?.close();
    this.#store = undefined;
  }

  /**
   * Returns the range of days for each event after recording it on the disk. Waits for as long as it cannot be recorded. Returns undefined
   * when the archive is closing.
   */
  async #judged({ batch }: ArchivedLines): Promise<readonly DayRange[] | undefined> {
    const { source, partition } = batch;
    const offsets = Array.from(batch.offsets);
    const kept = daysKept(this.#now(), this.#config.retentionMs);
    return this.#onDisk((store) => new Placement(store).judge(source, partition, offsets, kept));
  }

  #done(document: Document, how: 'created' | 'existing' | 'dead'): void {
    if (how === 'dead') this.#deadLetters += 1;
    else {
      this.#stored += 1;
      const result = document.index === undatedIndex(this.#config.index) ? 'undated' : how;
      this.#telemetry.count('archive_written', { result });
    }
    this.#unwritten.remove(1, document.bytes);
    this.#complete(document.open);
  }

  #complete(open: OpenBatch): void {
    open.left -= 1;
    if (open.left > 0) return;
    const options = { telemetry: this.#telemetry, stop: this.#closing.signal };
    this.#committing ??= keepGoing('archiving', () => this.#commit(), options);
  }

  /** Makes positions durable until none is due. Each transaction covers all positions that are due. */
  async #commit(): Promise<void> {
    await nextTurn(); // the other documents of the same answer are reported first
    for (let done = this.#lowWater.done(); done.length > 0; done = this.#lowWater.done()) {
      const batches = done.map(({ batch }) => batch);
      const saved = await this.#onDisk((store) => (store.savePositions(batches), true));
      if (saved === undefined) return;
      this.#lowWater.drop(done);
      // `durable` resolves before a flush that waits for the write queue ends.
      for (const { durable } of done) durable.resolve();
      for (const { taken } of done) this.#unwritten.end(taken);
    }
    this.#committing = undefined;
  }

  /** Runs a transaction of the position store and repeats it while the disk refuses it. Returns undefined when the archive is closing. */
  async #onDisk<T>(transaction: (store: PositionStore) => T): Promise<T | undefined> {
    while (!this.#closing.signal.aborted) {
      try {
        if (this.#store === undefined) throw new Error('the archive is not open');
        const result = transaction(this.#store);
        this.#diskProblem = undefined;
        return result;
      } catch (error) {
        const problem = `the archive's positions: ${positionsTrouble(error, this.#dataDir).join('; ')}`;
        if (this.#diskProblem?.text !== problem)
          this.#telemetry.log.error({ 'event.action': 'archive-write' }, problem);
        this.#diskProblem = { text: problem, sinceMs: this.#diskProblem?.sinceMs ?? this.#now() };
        await sleep(DISK_RETRY_MS, this.#closing.signal);
      }
    }
    return undefined;
  }

  async #deadLetter({ id, index, source }: Document, refusal: Refusal): Promise<void> {
    const { status, type, reason } = refusal;
    const at = new Date(this.#now()).toISOString();
    const letter = { at, id, index, ...(status !== undefined && { status }), type, reason };
    await appendDeadLetter(this.#dataDir, { ...letter, document: JSON.parse(textOf(source)) as unknown });
    this.#telemetry.log.warn(
      { 'event.action': 'dead-letter' },
      `Elasticsearch refused ${id} for good (${type}: ${reason}): see tocsin dlq list`,
    );
  }

  #dropOld(): void {
    void guarded(
      'archiving',
      this.#telemetry,
      () => dropOldIndices(this.#client, this.#config, this.#ageing, this.#telemetry),
      () => undefined,
    );
  }
}

/** Returns why the positions cannot be read or written, and the fix. */
function positionsTrouble(error: unknown, dataDir: string): [what: string, fix: string] {
  if (error instanceof FixableError) return [error.message, error.fix];
  const file = join(dataDir, 'archive.db');
  const trouble = diskTrouble(error, file);
  if (trouble !== undefined) return [`${file} ${trouble.what}`, trouble.fix];
  return [
    `${file} cannot be used: ${String(error)}`,
    'give Tocsin a data_dir it may write to, with room left',
  ];
}

function textOf(source: BulkDocument['source']): string {
  return typeof source === 'string' ? source : Buffer.from(source).toString();
}
