/**
 * Problems that keep documents from being stored at the moment. Each request has at most one, as a text for people. Each text goes to the
 * log once.
 */
import type { Log } from '../../event/telemetry.ts';
import { fixOf } from './client.ts';

/** A problem that keeps documents from being stored, as a text for people. `sinceMs`: when it began, ms since epoch. */
export interface BulkProblem {
  readonly text: string;
  readonly sinceMs: number;
}

/**
 * Number of different problems that are logged before all is well again. A store that gives another reason each time would fill the log.
 */
const PROBLEMS_MAX = 20;

export interface BulkProblemsOptions {
  readonly node: string;
  readonly log: Log;
  /** Returns the present time, ms since epoch. */
  readonly now: () => number;
  /** Time without an answer after which a request is called a problem, although it may still be answered. */
  readonly answerMs: number;
}

export class BulkProblems {
  readonly #options: BulkProblemsOptions;
  /** The text for each request that is refused at the moment. */
  readonly #texts = new Map<symbol, string>();
  /** Texts that were logged since all was well, without the numbers in them. */
  readonly #said = new Set<string>();
  /** Send time of each request that has no answer yet (ms of performance.now), oldest first. */
  readonly #asked = new Map<symbol, number>();
  #sinceMs: number | undefined;

  constructor(options: BulkProblemsOptions) {
    this.#options = options;
  }

  get current(): BulkProblem | undefined {
    for (const text of this.#texts.values()) return { text, sinceMs: this.#sinceMs ?? this.#options.now() };
    for (const askedAt of this.#asked.values()) return this.#unanswered(performance.now() - askedAt);
    return undefined;
  }

  #unanswered(forMs: number): BulkProblem | undefined {
    const { node, answerMs, now } = this.#options;
    if (forMs < answerMs) return undefined;
    const fix = fixOf({ status: undefined, type: 'Unanswered', reason: '' }, node);
    const text = `Elasticsearch at ${node} has not answered for ${Math.floor(forMs / 1_000)} s; ${fix}`;
    return { text, sinceMs: now() - forMs };
  }

  /** Runs `work`. The request counts as unanswered until `work` ends. */
  async during<T>(request: symbol, work: () => Promise<T>): Promise<T> {
    this.#asked.set(request, performance.now());
    try {
      return await work();
    } finally {
      this.#asked.delete(request);
    }
  }

  report(request: symbol, text: string): void {
    // Ports and sizes in the text change from attempt to attempt; the problem is the same.
    const kind = text.replace(/\d+/gu, 'N');
    if (!this.#said.has(kind) && this.#said.size < PROBLEMS_MAX) {
      this.#said.add(kind);
      this.#options.log.error({ 'event.action': 'archive-write' }, text);
    }
    this.#sinceMs ??= this.#options.now();
    this.#texts.set(request, text);
  }

  /** Removes the problem of the request without saying that the request is done. */
  forget(request: symbol): void {
    this.#texts.delete(request);
  }

  /** Removes the problem of the request, which is done. */
  mended(request: symbol): void {
    if (!this.#texts.delete(request) || this.#texts.size > 0) return;
    this.#sinceMs = undefined;
    this.#said.clear();
    this.#options.log.info({ 'event.action': 'archive-write' }, 'Elasticsearch takes documents again');
  }
}
