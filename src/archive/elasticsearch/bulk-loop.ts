/**
 * Sends documents to Elasticsearch in bulk requests until each is stored or a dead letter; it never gives up on one and never drops
 * one. A request that is refused keeps its place among those in flight and is tried again, so that a store that takes nothing
 * is asked by few.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { diskTrouble } from '../../event/disk-trouble.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { BulkAnswer, BulkDocument, Outcome } from './bulk-request.ts';
import { fixOf } from './client.ts';
import type { Refusal } from './client.ts';
import { Pace, waitMs } from './pace.ts';
import type { PaceLimits } from './pace.ts';

/** What the loop needs of the world; a test gives its own. */
export interface BulkStore<D extends BulkDocument> {
  readonly node: string;
  /** Where dead letters are kept. */
  readonly dataDir: string;
  send(documents: readonly D[], signal: AbortSignal): Promise<BulkAnswer>;
  /** Sees to it that the index exists. */
  createIndex(index: string): Promise<void>;
  /** Keeps a document that the store refuses for good; rejects where it could not. */
  deadLetter(document: D, refusal: Refusal): Promise<void>;
  /** The document is stored, or a dead letter. */
  done(document: D, how: 'created' | 'existing' | 'dead'): void;
}

export interface BulkLimits extends PaceLimits {
  /** Longest time that a document waits for company. */
  readonly lingerMs: number;
}

export const BULK_LIMITS: BulkLimits = { bytes: 5 << 20, documents: 2_000, inFlight: 4, lingerMs: 1_000 };

/** Attempts of a request before its refusals are called a problem, where a person can do nothing yet. */
const PATIENCE = 2;

export class BulkLoop<D extends BulkDocument> {
  readonly #store: BulkStore<D>;
  readonly #limits: BulkLimits;
  readonly #telemetry: Telemetry;
  readonly #pace: Pace;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** Of each request that is refused just now. */
  readonly #problems = new Map<symbol, string>();
  #queue: D[] = [];
  #queuedBytes = 0;
  #lingering: NodeJS.Timeout | undefined;
  #hurried = false;
  #wakeAll = Promise.withResolvers<undefined>();
  #acceptedAt = 0;

  constructor(store: BulkStore<D>, limits: BulkLimits, telemetry: Telemetry) {
    this.#store = store;
    this.#limits = limits;
    this.#telemetry = telemetry;
    this.#pace = new Pace(limits);
  }

  get problem(): string | undefined {
    for (const problem of this.#problems.values()) return problem;
    return undefined;
  }

  add(document: D): void {
    this.#queue.push(document);
    this.#queuedBytes += document.bytes;
    this.#pump();
  }

  /** Sends what is there without waiting for more. */
  hurry(): void {
    this.#hurried = true;
    this.#pump();
  }

  /** Ends at once; what is not done is not reported done. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wakeAll.resolve(undefined);
    clearTimeout(this.#lingering);
    await Promise.all(this.#running);
  }

  /** Starts requests while there are enough documents and room in flight. */
  #pump(): void {
    while (this.#running.size < this.#pace.inFlight && !this.#isClosing()) {
      const isFull = this.#queue.length >= this.#pace.documents || this.#queuedBytes >= this.#pace.bytes;
      if (this.#queue.length === 0) this.#hurried = false;
      if (this.#queue.length === 0 || !(isFull || this.#hurried)) break;
      this.#start(this.#next());
    }
    if (this.#queue.length > 0 && !this.#hurried) {
      this.#lingering ??= setTimeout(() => {
        this.#lingering = undefined;
        this.hurry();
      }, this.#limits.lingerMs);
    }
  }

  /** The documents of the next request: at least one. */
  #next(): D[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && count < this.#pace.documents) {
      bytes += this.#queue[count]!.bytes;
      if (count > 0 && bytes > this.#pace.bytes) break;
      count += 1;
    }
    const documents = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    this.#queuedBytes -= bytesOf(documents);
    return documents;
  }

  #start(documents: readonly D[]): void {
    const running = this.#deliver(documents).finally(() => {
      this.#running.delete(running);
      this.#pump();
    });
    this.#running.add(running);
  }

  /** Ends when every document is done, or the loop closes. */
  async #deliver(documents: readonly D[]): Promise<void> {
    const request = Symbol('request');
    const since = performance.now();
    let left = documents;
    for (let attempt = 0; left.length > 0 && !this.#isClosing(); attempt++) {
      const answer = await this.#store.send(left, this.#closing.signal);
      if (this.#isClosing()) return;
      const before = left.length;
      let refused: Refused | undefined;
      if (answer.kind === 'items') {
        const { again, refusal } = await this.#settle(left, answer.outcomes, request, attempt);
        left = again;
        // Not one is taken again and again: the queue may be full, or they may be too much together.
        const isStuck = left.length === before && attempt >= PATIENCE;
        if (refusal !== undefined && isStuck) refused = { kind: 'retry', refusal };
      } else {
        refused = answer;
        this.#refused(refused.refusal, request, attempt, left);
        if (this.#isHopeless(refused, left, since)) {
          await this.#bury(left[0]!, refused.refusal, request);
          break;
        }
        if (refused.kind !== 'split') await this.#wait(attempt, true);
      }
      if (left.length > 1 && refused !== undefined && isTooMuch(refused)) {
        left = await this.#deliverHalf(left, refused, request);
        attempt = -1;
      }
    }
    this.#mended(request);
  }

  /** Delivers the first half of what is too much at once; gives the second. */
  async #deliverHalf(documents: readonly D[], refused: Refused, request: symbol): Promise<readonly D[]> {
    this.#learn(refused, documents);
    this.#problems.delete(request);
    const middle = documents.length >> 1;
    await this.#deliver(documents.slice(0, middle));
    return documents.slice(middle);
  }

  /** Acts on the outcome of each document; gives those to send again, after the wait, and why. */
  async #settle(
    documents: readonly D[],
    outcomes: readonly Outcome[],
    request: symbol,
    attempt: number,
  ): Promise<{ readonly again: readonly D[]; readonly refusal?: Refusal }> {
    const again: D[] = [];
    const missing = new Set<string>();
    let refusal: Refusal | undefined;
    for (const [i, document] of documents.entries()) {
      const outcome = outcomes[i]!;
      switch (outcome.kind) {
        case 'created':
        case 'existing':
          this.#store.done(document, outcome.kind);
          break;
        case 'dead':
          await this.#bury(document, outcome.refusal, request);
          break;
        case 'missing':
          missing.add(document.index);
          again.push(document);
          refusal ??= outcome.refusal;
          break;
        case 'retry':
          again.push(document);
          refusal ??= outcome.refusal;
      }
    }
    if (again.length < documents.length) this.#accepted();
    if (refusal === undefined) {
      this.#pace.taken();
      return { again };
    }
    this.#refused(refusal, request, attempt, again);
    for (const index of missing) await this.#store.createIndex(index).catch(() => undefined);
    await this.#wait(attempt, false);
    return { again, refusal };
  }

  #accepted(): void {
    this.#acceptedAt = performance.now();
    this.#wakeAll.resolve(undefined);
    this.#wakeAll = Promise.withResolvers<undefined>();
  }

  #refused(refusal: Refusal, request: symbol, attempt: number, documents: readonly D[]): void {
    const { status, type, reason } = refusal;
    this.#telemetry.count('archive_retries', { status: status ?? 'none' }, documents.length);
    if (status !== 404 && status !== 413) this.#pace.overloaded();
    const isForPeople = status === 401 || status === 403;
    if (isForPeople || attempt >= PATIENCE) {
      const fix = fixOf(refusal, this.#store.node);
      this.#report(
        request,
        `Elasticsearch does not take documents now (${status ?? 'no answer'}, ${type}: ${reason}); ${fix}`,
      );
    }
  }

  #report(request: symbol, problem: string): void {
    if (![...this.#problems.values()].includes(problem)) {
      this.#telemetry.log.error({ 'event.action': 'archive-write' }, problem);
    }
    this.#problems.set(request, problem);
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #mended(request: symbol): void {
    if (!this.#problems.delete(request) || this.#problems.size > 0 || this.#isClosing()) return;
    this.#telemetry.log.info({ 'event.action': 'archive-write' }, 'Elasticsearch takes documents again');
  }

  /**
   * A single document that is too big, or that alone makes the server refuse a request as such while others are taken, will never
   * be stored.
   */
  #isHopeless(answer: Refused, documents: readonly D[], since: number): boolean {
    if (documents.length > 1) return false;
    return answer.kind === 'split' || (answer.kind === 'suspect' && this.#acceptedAt > since);
  }

  /** What the refusal of several documents says about the size of the next requests. */
  #learn(answer: Refused, documents: readonly D[]): void {
    if (answer.kind === 'split') this.#pace.tooBig(bytesOf(documents));
    else this.#pace.tooMuch(documents.length, bytesOf(documents));
  }

  /** A dead letter is kept before its document is done; a full disk only makes it wait. */
  async #bury(document: D, refusal: Refusal, request: symbol): Promise<void> {
    for (let attempt = 0; !this.#isClosing(); attempt++) {
      try {
        await this.#store.deadLetter(document, refusal);
        this.#telemetry.count('dead_letters', { reason: refusal.type });
        this.#store.done(document, 'dead');
        this.#mended(request);
        return;
      } catch (error) {
        const fix = diskTrouble(error, this.#store.dataDir)?.fix ?? 'see to the disk of data_dir';
        this.#report(request, `a dead letter cannot be kept: ${String(error)}; ${fix}`);
        await this.#wait(attempt, false);
      }
    }
  }

  /** Backs off; `untilAccepted`: at most until another request is taken, which shows that the store is back. */
  async #wait(attempt: number, untilAccepted: boolean): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const slept = delay(waitMs(attempt, Math.random), undefined, { signal }).catch(() => undefined);
    await (untilAccepted ? Promise.race([slept, this.#wakeAll.promise]) : slept);
    stop.abort();
  }
}

type Refused = Exclude<BulkAnswer, { kind: 'items' }>;

/** Whether the request is to be sent in parts. */
function isTooMuch(answer: Refused): boolean {
  const { status, type } = answer.refusal;
  return answer.kind !== 'retry' || (status === 429 && type !== 'cluster_block_exception');
}

function bytesOf(documents: readonly BulkDocument[]): number {
  return documents.reduce((sum, document) => sum + document.bytes, 0);
}
