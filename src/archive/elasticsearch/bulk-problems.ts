/** What keeps documents from being stored at the moment: of each request, for people, said in the log once. */
import type { Log } from '../../event/telemetry.ts';
import { fixOf } from './client.ts';

/** What keeps documents from being stored, for people, and since when (ms since epoch). */
export interface BulkProblem {
  readonly text: string;
  readonly sinceMs: number;
}

/** Different problems that are said before all is well again: a store that says another thing each time would fill the log. */
const PROBLEMS_MAX = 20;

export interface BulkProblemsOptions {
  readonly node: string;
  readonly log: Log;
  /** ms since epoch. */
  readonly now: () => number;
  /** A request that has waited for its answer for so long is called a problem, although it may still be answered. */
  readonly answerMs: number;
}

export class BulkProblems {
  readonly #options: BulkProblemsOptions;
  /** Of each request that is refused just now. */
  readonly #texts = new Map<symbol, string>();
  /** Those that are in the log since all was well, without their numbers. */
  readonly #said = new Set<string>();
  /** When each request that has no answer yet was sent (ms of performance.now), oldest first. */
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

  /** The request waits for its answer until the work ends. */
  async during<T>(request: symbol, work: () => Promise<T>): Promise<T> {
    this.#asked.set(request, performance.now());
    try {
      return await work();
    } finally {
      this.#asked.delete(request);
    }
  }

  report(request: symbol, text: string): void {
    // Ports and sizes differ from attempt to attempt, the problem does not.
    const kind = text.replace(/\d+/gu, 'N');
    if (!this.#said.has(kind) && this.#said.size < PROBLEMS_MAX) {
      this.#said.add(kind);
      this.#options.log.error({ 'event.action': 'archive-write' }, text);
    }
    this.#sinceMs ??= this.#options.now();
    this.#texts.set(request, text);
  }

  /** Nothing is said of the request any more, which may not have been done. */
  forget(request: symbol): void {
    this.#texts.delete(request);
  }

  /** The request is done. */
  mended(request: symbol): void {
    if (!this.#texts.delete(request) || this.#texts.size > 0) return;
    this.#sinceMs = undefined;
    this.#said.clear();
    this.#options.log.info({ 'event.action': 'archive-write' }, 'Elasticsearch takes documents again');
  }
}
