/**
 * The embedded archive: SQLite, written and searched in worker threads. Batches wait in a bounded queue as they were read. All batches that
 * wait go to the worker together, which decodes them and stores them in one transaction. Batches that cannot be written (a full disk) are
 * kept and tried again for ever.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskTrouble } from '../../event/disk-trouble.ts';
import type { Clock } from '../../event/clock.ts';
import type { Schema } from '../../event/event.ts';
import { lineCount, originUnits } from '../../event/batch.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { SqliteArchiveConfig } from '../../config/archives/sqlite.ts';
import type {
  ArchiveBatch,
  ArchivedPosition,
  ArchiveStatus,
  LogArchive,
  ReadingModule,
  SearchHit,
  SearchRequest,
  Written,
} from '../archive.ts';
import { Ageing } from '../ageing.ts';
import { WriteQueue } from '../write-queue.ts';
import type { QueuedBatch } from '../write-queue.ts';
import type { LineBatch, WriteResult, WriterOptions, WriterReply, WriterRequest } from './protocol.ts';
import { searchSqlite } from './search.ts';
import { SharedLines } from './shared-lines.ts';
import { indexFingerprint } from './terms.ts';
import { WorkerLink } from './worker-link.ts';
import { FixableError } from '../../event/fixable-error.ts';
import { sleep } from '../../event/waiting.ts';

const LIMITS = { bytes: 8 << 20, events: 20_000 };
/** Bytes of the places, offset and time of a line in its batch. */
const BYTES_BESIDE_LINE = 24;
/** A search for so many hits is mostly a short one. */
const FEW_HITS = 1_000;
const RETRY_AFTER_MS = 1_000;
const EXPIRE_EVERY_MS = 60 * 60_000;

interface Queued {
  readonly lines: LineBatch;
  readonly bytes: number;
  readonly taken: QueuedBatch;
  readonly durable: PromiseWithResolvers<void>;
}

export class SqliteArchive implements LogArchive {
  readonly #config: SqliteArchiveConfig;
  readonly #schema: Schema;
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #ageing: Ageing;
  readonly #unwritten: WriteQueue;
  readonly #positions = new Map<string, ArchivedPosition>();
  readonly #closing = new AbortController();
  #writer: WorkerLink<WriterRequest | 'close', WriterReply> | undefined;
  #queue: Queued[] = [];
  /** The lines of the queue, and of the batches that are being written. */
  #waitingLines = new SharedLines();
  #writtenLines = new SharedLines();
  #working: Promise<void> | undefined;
  #problem: { readonly text: string; readonly sinceMs: number } | undefined;
  #stored = 0;
  /** Earliest time of the next expiry, by the steady clock. */
  #expireAfterMs = -Infinity;
  #expiry: NodeJS.Timeout | undefined;

  /** `reading`: how the worker makes events of lines. Absent: the archive is only searched. */
  constructor(
    config: SqliteArchiveConfig,
    schema: Schema,
    telemetry: Telemetry,
    clock: Clock,
    reading?: ReadingModule,
  ) {
    this.#config = config;
    this.#schema = schema;
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.#ageing = new Ageing(clock);
    this.#unwritten = new WriteQueue(LIMITS, () => clock.steadyMs());
    if (reading === undefined) return;
    const fingerprint = indexFingerprint(schema);
    const options: WriterOptions = { path: config.path, fingerprint, schema, reading };
    this.#writer = new WorkerLink('write-worker', options);
  }

  async open(): Promise<void> {
    try {
      mkdirSync(dirname(this.#config.path), { recursive: true });
      const reply = await this.#call({ kind: 'open' }, 'opened');
      for (const { source, partition, position, timing } of reply.partitions) {
        this.#positions.set(partitionKey(source, partition), { position, timing });
      }
      this.#expiry ??= setInterval(() => this.#start(), EXPIRE_EVERY_MS).unref();
    } catch (error) {
      throw new FixableError(
        'archive',
        `the archive ${this.#config.path} cannot be opened: ${errorText(error)}`,
        fixOf(error, this.#config.path),
        { cause: error },
      );
    }
  }

  position(source: string, partition: number): ArchivedPosition | undefined {
    return this.#positions.get(partitionKey(source, partition));
  }

  async write(batch: ArchiveBatch): Promise<Written> {
    await this.#unwritten.room();
    if (this.#closing.signal.aborted) throw new Error('the archive is closed');
    const queued = this.#queued(batch);
    this.#unwritten.add(lineCount(batch.batch), queued.bytes);
    this.#queue.push(queued);
    this.#start();
    return { durable: queued.durable.promise };
  }

  flush(withinMs: number): Promise<boolean> {
    return this.#unwritten.drained(withinMs);
  }

  search(request: SearchRequest): AsyncIterable<SearchHit> {
    // A command that shows some lines has nothing else to do, and a thread takes as long to start as such a search.
    const thread = this.#writer === undefined && request.limit <= FEW_HITS ? 'here' : 'own';
    return searchSqlite(this.#config.path, this.#schema, request, thread);
  }

  status(): ArchiveStatus {
    const { lagMs, events: pendingEvents } = this.#unwritten;
    const trouble = this.#problem;
    return {
      lagMs,
      pendingEvents,
      stored: this.#stored,
      deadLetters: 0,
      ...(trouble !== undefined && { problem: trouble.text, problemSinceMs: trouble.sinceMs }),
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#expiry);
    this.#unwritten.close();
    await this.#working;
    await this.#writer?.close('close');
  }

  #queued({ batch, before }: ArchiveBatch): Queued {
    return {
      lines: { batch: this.#waitingLines.copy(batch), ...(before !== undefined && { before }) },
      bytes: batch.bytes.byteLength + BYTES_BESIDE_LINE * lineCount(batch) + 2 * originUnits(batch.origins),
      taken: this.#unwritten.begin(),
      durable: Promise.withResolvers(),
    };
  }

  #start(): void {
    this.#working ??= this.#work();
  }

  /** Writes until the queue is empty and no event is too old. Never gives up a batch before the archive closes. */
  async #work(): Promise<void> {
    let expiring = true;
    while ((this.#queue.length > 0 || expiring) && !this.#closing.signal.aborted) {
      const group = this.#queue;
      this.#queue = [];
      [this.#waitingLines, this.#writtenLines] = [this.#writtenLines, this.#waitingLines];
      if (group.length > 0) await this.#writeGroup(group);
      expiring = await this.#expire();
    }
    this.#working = undefined;
  }

  async #writeGroup(group: readonly Queued[]): Promise<void> {
    const batches = group.map(({ lines }) => lines);
    while (!this.#closing.signal.aborted) {
      try {
        const reply = await this.#call({ kind: 'write', batches, nowMs: this.#clock.nowMs() }, 'written');
        this.#count(reply);
        this.#solved();
        this.#durable(group, reply.timings);
        this.#writtenLines.clear();
        return;
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  #count({ created, existing, unfit }: WriteResult): void {
    this.#telemetry.count('archive_written', { result: 'created' }, created);
    this.#telemetry.count('archive_written', { result: 'existing' }, existing);
    for (const { source, field, count } of unfit)
      this.#telemetry.count('values_unfit', { source, field }, count);
    this.#stored += created + existing;
  }

  #durable(group: readonly Queued[], timings: readonly string[]): void {
    for (const [i, { lines, bytes, taken, durable }] of group.entries()) {
      const { source, partition, next } = lines.batch;
      this.#positions.set(partitionKey(source, partition), { position: next, timing: timings[i]! });
      // `durable` resolves before a flush that waits for the write queue ends.
      durable.resolve();
      this.#unwritten.remove(lineCount(lines.batch), bytes);
      this.#unwritten.end(taken);
    }
  }

  /** Removes some of the events that are too old. Returns true if there may be more. */
  async #expire(): Promise<boolean> {
    const steadyMs = this.#clock.steadyMs();
    if (steadyMs < this.#expireAfterMs) return false;
    try {
      const { newestMs } = await this.#call({ kind: 'newest' }, 'newest');
      const ageNowMs = this.#ageing.nowMs(newestMs);
      const storedBeforeMs = (ageNowMs ?? -Infinity) - this.#config.retentionMs;
      const { more } = await this.#call({ kind: 'expire', storedBeforeMs }, 'expired');
      if (!more) this.#expireAfterMs = steadyMs + EXPIRE_EVERY_MS;
      return more;
    } catch (error) {
      await this.#failed(error);
      return true;
    }
  }

  async #failed(error: unknown): Promise<void> {
    const problem =
      `the archive ${this.#config.path} cannot be written: ${errorText(error)}; nothing is lost, ` +
      `it is tried again every second: ${fixOf(error, this.#config.path)}`;
    if (this.#problem?.text !== problem)
      this.#telemetry.log.error({ 'event.action': 'archive-write' }, problem);
    this.#problem = { text: problem, sinceMs: this.#problem?.sinceMs ?? this.#clock.nowMs() };
    this.#telemetry.count('archive_retries', { status: 'sqlite' });
    await sleep(RETRY_AFTER_MS, this.#closing.signal);
  }

  #solved(): void {
    if (this.#problem !== undefined) {
      this.#telemetry.log.info({ 'event.action': 'archive-write' }, 'the archive can be written again');
    }
    this.#problem = undefined;
  }

  /** Sends a request and returns the reply of that kind. Throws the failure that the worker reports. */
  async #call<K extends WriterReply['kind']>(
    request: WriterRequest,
    kind: K,
  ): Promise<Extract<WriterReply, { kind: K }>> {
    if (this.#writer === undefined) throw new Error('this archive is only searched');
    const reply = await this.#writer.call(request);
    if (reply.kind === kind) return reply as Extract<WriterReply, { kind: K }>;
    if (reply.kind === 'failed') throw new FixableError('archive', reply.message, reply.fix);
    throw new Error(`the writer answered ${reply.kind}`);
  }
}

function fixOf(error: unknown, path: string): string {
  if (error instanceof FixableError) return error.fix;
  return (
    diskTrouble(error, path)?.fix ??
    'give Tocsin a folder it may write to, with room left, or another archive.sqlite.path'
  );
}

function partitionKey(source: string, partition: number): string {
  return `${partition}/${source}`;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
