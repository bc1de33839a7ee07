/**
 * Sends documents to Elasticsearch in bulk requests until each one is stored or a dead letter. It never gives up a document and never drops
 * one. A refused request is tried again and keeps its place among the requests in flight, so that a store that takes nothing gets few
 * requests.
 */
import { diskTrouble } from '../../event/disk-trouble.ts';
import { keepGoing } from '../../event/supervisor.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { sleep } from '../../event/waiting.ts';
import type { BulkAnswer, BulkDocument, ItemOutcome } from './bulk-request.ts';
import { NONSENSE } from './ask.ts';
import type { Refusal } from './ask.ts';
import { BulkProblems } from './bulk-problems.ts';
import type { BulkProblem } from './bulk-problems.ts';
import { FOREIGN_MAPPING, refusalText } from './client.ts';
import { Pace, waitMs } from './pace.ts';
import type { PaceLimits } from './pace.ts';

/** Everything outside the loop that it calls; tests pass their own. */
export interface BulkStore<D extends BulkDocument> {
  readonly node: string;
  /** Folder of the dead letters. */
  readonly dataDir: string;
  /** Returns the present time, ms since epoch. */
  now(): number;
  send(documents: readonly D[], signal: AbortSignal): Promise<BulkAnswer>;
  /** Makes sure that the index exists and is the archive's own. Returns why documents cannot be written to it, undefined if they can. */
  ensureIndex(index: string): Promise<Refusal | undefined>;
  /** Keeps a document that the store refuses for good. Rejects if it could not be kept. */
  deadLetter(document: D, refusal: Refusal): Promise<void>;
  /** Called when the document is stored or a dead letter. */
  done(document: D, how: 'created' | 'existing' | 'dead'): void;
}

export interface BulkLimits extends PaceLimits {
  /** Longest time that a document waits for others to share its request. */
  readonly lingerMs: number;
  /** Time without an answer after which a request is called a problem, although it may still be answered. */
  readonly answerMs: number;
}

export const BULK_LIMITS: BulkLimits = {
  bytes: 5 << 20,
  documents: 2_000,
  inFlight: 4,
  lingerMs: 1_000,
  answerMs: 5_000,
};

/** Attempts of a request before refusals for load (408, 429, a missing index and the like) are called a problem. */
const PATIENCE = 2;

/**
 * Number of different reasons by which dead letters are counted. The store may give any number of reasons, so the others are counted as
 * `other`.
 */
const REASONS_MAX = 30;

export class BulkLoop<D extends BulkDocument> {
  readonly #store: BulkStore<D>;
  readonly #limits: BulkLimits;
  readonly #telemetry: Telemetry;
  readonly #pace: Pace;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #problems: BulkProblems;
  /** Documents that were added and are not done. */
  readonly #undone = new Set<D>();
  readonly #reasons = new Set<string>();
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
    const now = (): number => store.now();
    const { log } = telemetry;
    this.#problems = new BulkProblems({ node: store.node, now, log, answerMs: limits.answerMs });
  }

  get problem(): BulkProblem | undefined {
    return this.#problems.current;
  }

  add(document: D): void {
    this.#undone.add(document);
    this.#queue.push(document);
    this.#queuedBytes += document.bytes;
    this.#pump();
  }

  /** Sends the waiting documents without waiting for more. */
  hurry(): void {
    this.#hurried = true;
    this.#pump();
  }

  /** Ends at once. Documents that are not done are not reported as done. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wakeAll.resolve(undefined);
    clearTimeout(this.#lingering);
    await Promise.all(this.#running);
  }

  /** Starts requests while there are enough documents and fewer requests in flight than allowed. */
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

  /** Takes the documents of the next request from the queue: at least one. */
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
    const deliver = (): Promise<void> => this.#deliver(documents.filter((each) => this.#undone.has(each)));
    const kept = keepGoing('archiving', deliver, { telemetry: this.#telemetry, stop: this.#closing.signal });
    const running = kept.finally(() => {
      this.#running.delete(running);
      this.#pump();
    });
    this.#running.add(running);
  }

  /** Ends when every document is done, or the loop closes. */
  async #deliver(documents: readonly D[]): Promise<void> {
    const request = Symbol('request');
    try {
      await this.#deliverAs(request, documents);
    } finally {
      this.#problems.forget(request);
    }
  }

  async #deliverAs(request: symbol, documents: readonly D[]): Promise<void> {
    const since = performance.now();
    let left = documents;
    for (let attempt = 0; left.length > 0 && !this.#isClosing(); attempt++) {
      const answer = await this.#send(left, request);
      if (this.#isClosing()) return;
      const before = left.length;
      let refused: Refused | undefined;
      if (answer.kind === 'items') {
        const { again, refusal } = await this.#takeAnswer(left, answer.outcomes, request, attempt);
        left = again;
        // The store takes none of the documents, attempt after attempt. Its queue may be full, or the documents may be too many for one
        // request.
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
    if (!this.#isClosing()) this.#problems.mended(request);
  }

  #send(documents: readonly D[], request: symbol): Promise<BulkAnswer> {
    return this.#problems.during(request, () => this.#store.send(documents, this.#closing.signal));
  }

  /** Delivers the first half of a request that is too big, and returns the second half. */
  async #deliverHalf(documents: readonly D[], refused: Refused, request: symbol): Promise<readonly D[]> {
    this.#learn(refused, documents);
    this.#problems.forget(request);
    const middle = documents.length >> 1;
    await this.#deliver(documents.slice(0, middle));
    return documents.slice(middle);
  }

  /** Acts on the outcome of each document. Returns, after the wait, the documents to send again, and why. */
  async #takeAnswer(
    documents: readonly D[],
    outcomes: readonly ItemOutcome[],
    request: symbol,
    attempt: number,
  ): Promise<{ readonly again: readonly D[]; readonly refusal?: Refusal }> {
    const again: D[] = [];
    const missing = new Map<string, Refusal>();
    let refusal: Refusal | undefined;
    for (const [i, document] of documents.entries()) {
      const outcome = outcomes[i]!;
      switch (outcome.kind) {
        case 'created':
        case 'existing':
          this.#done(document, outcome.kind);
          break;
        case 'dead':
          await this.#bury(document, outcome.refusal, request);
          break;
        case 'missing':
          missing.set(document.index, outcome.refusal);
          again.push(document);
          break;
        case 'retry':
          again.push(document);
          refusal ??= outcome.refusal;
      }
    }
    if (again.length < documents.length) this.#accepted();
    refusal = (await this.#ensure(missing, attempt)) ?? refusal;
    if (refusal !== undefined) this.#refused(refusal, request, attempt, again);
    else if (again.length === 0) this.#pace.taken();
    if (again.length > 0 && (refusal !== undefined || attempt > 0)) await this.#wait(attempt, false);
    return { again, ...(refusal !== undefined && { refusal }) };
  }

  /**
   * Makes sure that the missing indices exist; `missing` holds the refusal for each. Returns why documents cannot be written to one of
   * them.
   */
  async #ensure(missing: ReadonlyMap<string, Refusal>, attempt: number): Promise<Refusal | undefined> {
    let refusal: Refusal | undefined;
    for (const [index, said] of missing) {
      const barred = await this.#store.ensureIndex(index);
      refusal ??= barred;
      // The index exists each time it is looked for, and is missing each time it is written to.
      if (attempt >= PATIENCE) refusal ??= said;
    }
    return refusal;
  }

  #accepted(): void {
    this.#acceptedAt = performance.now();
    this.#wakeAll.resolve(undefined);
    this.#wakeAll = Promise.withResolvers<undefined>();
  }

  #refused(refusal: Refusal, request: symbol, attempt: number, documents: readonly D[]): void {
    const { status, type } = refusal;
    const told = status ?? (type === NONSENSE ? 'nonsense' : 'none');
    this.#telemetry.count('archive_retries', { status: told }, documents.length);
    const isForeign = type === FOREIGN_MAPPING;
    if (status !== 404 && status !== 413 && !isForeign) this.#pace.overloaded();
    const isLoad = status === 408 || status === 429 || status === 404 || status === 400 || status === 413;
    if (!isLoad || attempt >= PATIENCE)
      this.#problems.report(request, refusalText(refusal, this.#store.node));
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #done(document: D, how: 'created' | 'existing' | 'dead'): void {
    this.#undone.delete(document);
    this.#store.done(document, how);
  }

  /**
   * True for a single document that will never be stored. It is too big for a request, or the server refuses its request as a whole while
   * it takes others.
   */
  #isHopeless(answer: Refused, documents: readonly D[], since: number): boolean {
    if (documents.length > 1) return false;
    return answer.kind === 'split' || (answer.kind === 'suspect' && this.#acceptedAt > since);
  }

  /** Lowers the size of the next requests after several documents together were refused. */
  #learn(answer: Refused, documents: readonly D[]): void {
    if (answer.kind === 'split') this.#pace.tooBig(bytesOf(documents));
    else this.#pace.tooMuch(documents.length, bytesOf(documents));
  }

  /** Keeps a dead letter before its document is done. A full disk only makes it wait. */
  async #bury(document: D, refusal: Refusal, request: symbol): Promise<void> {
    for (let attempt = 0; !this.#isClosing(); attempt++) {
      try {
        await this.#store.deadLetter(document, refusal);
        this.#telemetry.count('dead_letters', { reason: this.#reasonOf(refusal) });
        this.#done(document, 'dead');
        if (!this.#isClosing()) this.#problems.mended(request);
        return;
      } catch (error) {
        const fix = diskTrouble(error, this.#store.dataDir)?.fix ?? 'see to the disk of data_dir';
        this.#problems.report(request, `a dead letter cannot be kept: ${String(error)}; ${fix}`);
        await this.#wait(attempt, false);
      }
    }
  }

  #reasonOf({ type }: Refusal): string {
    if (this.#reasons.size < REASONS_MAX) this.#reasons.add(type);
    return this.#reasons.has(type) ? type : 'other';
  }

  /**
   * Waits before the next attempt. With `untilAccepted` the wait ends early when another request is taken, which shows that the store works
   * again.
   */
  async #wait(attempt: number, untilAccepted: boolean): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const slept = sleep(waitMs(attempt, Math.random), signal);
    await (untilAccepted ? Promise.race([slept, this.#wakeAll.promise]) : slept);
    stop.abort();
  }
}

type Refused = Exclude<BulkAnswer, { kind: 'items' }>;

/** Returns true if the request must be sent in parts. */
function isTooMuch(answer: Refused): boolean {
  const { status, type } = answer.refusal;
  return answer.kind !== 'retry' || (status === 429 && type !== 'cluster_block_exception');
}

function bytesOf(documents: readonly BulkDocument[]): number {
  return documents.reduce((sum, document) => sum + document.bytes, 0);
}
