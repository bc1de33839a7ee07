/**
 * The matches of one group in the event-time buffer. Each has a number: how many matches of the group were there before it, since the group
 * is here.
 */
import type { WaitingKey } from './waiting-keys.ts';
import type { TakenMatch } from '../input/event-ref.ts';

/** The entries of a group, of which each leads to the next one. */
interface Entries {
  /** Links them, if they are not linked yet. */
  link(): void;
  match(entry: number): TakenMatch;
  timeMs(entry: number): number;
  /** Returns the next entry of the group; −1 if there is none. */
  next(entry: number): number;
}

export class WaitingGroup {
  readonly of: WaitingKey;
  readonly key: string;
  /** Its number among the groups of its rule. */
  readonly number: number;
  readonly #entries: Entries;
  /** The number of its matches. */
  count = 0;
  /** The entries of the first and the last match, once entries are linked; −1: none. */
  first = -1;
  last = -1;
  /** The sum of the weights (`Operator.weight`) of the matches. */
  weight = 0;
  /** True once a match came, until early firings were looked for. */
  isTouched = false;
  /** `isQuiet` was found in this call of `Instants.finalise`. */
  judgedIn = 0;
  isQuiet = false;
  /** Its slot among the live groups, as `LiveGroups` remembers it. */
  slot = -1;
  asOf = -1;
  /** The number of the first match. */
  from = 0;
  #isReordered = false;
  /** The number and the entry that were looked at last. */
  #lookedAt = 0;
  #lookedEntry = -1;

  constructor(of: WaitingKey, number: number, entries: Entries) {
    this.of = of;
    this.key = of.text;
    this.number = number;
    this.#entries = entries;
  }

  /** The number of the next match to come behind all others. */
  get to(): number {
    return this.from + this.count;
  }

  /** Returns a match by its number. It is valid until another one is looked at. */
  at(number: number): TakenMatch {
    return this.#entries.match(this.#entryAt(number));
  }

  timeMs(number: number): number {
    return this.#entries.timeMs(this.#entryAt(number));
  }

  /** Returns true if a match came before another one since the last call. Then the numbers of the matches have changed. */
  takeReordered(): boolean {
    const wasReordered = this.#isReordered;
    this.#isReordered = false;
    return wasReordered;
  }

  /** Records that a match came before another one. */
  reorder(): void {
    this.#isReordered = true;
    this.#lookedEntry = -1;
  }

  /** Records that the first entry is gone, behind which comes the entry `next`. */
  take(entry: number, next: number): void {
    this.first = next;
    if (next < 0) this.last = -1;
    if (this.#lookedEntry === entry) this.#lookedEntry = -1;
  }

  #entryAt(number: number): number {
    this.#entries.link();
    if (number === this.to - 1) return this.last;
    let [at, entry] = [this.#lookedAt, this.#lookedEntry];
    if (entry < 0 || at > number) [at, entry] = [this.from, this.first];
    for (; at < number; at++) entry = this.#entries.next(entry);
    this.#lookedAt = at;
    this.#lookedEntry = entry;
    return entry;
  }
}
