/**
 * The matches of one rule that are not final yet, group by group. A group is here as long as a match of it waits. Each match of a group has
 * a number: how many matches of the group were there before it, since the group is here.
 */
import type { Waiting } from '../input/waiting.ts';
import { compareEvents } from './event-order.ts';

/** A list is cut once so many matches are gone from its front, and they are more than half of it. */
const GONE_MIN = 1024;

export class WaitingGroup {
  readonly key: string;
  #events: Waiting[] = [];
  /** Index in `#events` of the first match that waits. */
  #head = 0;
  #taken = 0;
  #weight = 0;
  #isReordered = false;

  constructor(key: string) {
    this.key = key;
  }

  /** The number of the first match. */
  get from(): number {
    return this.#taken;
  }

  /** The number of the next match to come behind all others. */
  get to(): number {
    return this.#taken + this.#events.length - this.#head;
  }

  /** The sum of the weights (`Operator.weight`) of the matches. */
  get weight(): number {
    return this.#weight;
  }

  at(number: number): Waiting {
    return this.#events[number - this.#taken + this.#head]!;
  }

  /** Returns true if a match came before another one since the last call. Then the numbers of the matches have changed. */
  takeReordered(): boolean {
    const wasReordered = this.#isReordered;
    this.#isReordered = false;
    return wasReordered;
  }

  add(event: Waiting, weight: number): void {
    const events = this.#events;
    this.#weight += weight;
    let at = events.length;
    while (at > this.#head && compareEvents(events[at - 1]!, event) > 0) at--;
    if (at === events.length) events.push(event);
    else {
      events.splice(at, 0, event);
      this.#isReordered = true;
    }
  }

  /** Removes the first match. */
  take(weight: number): void {
    this.#weight -= weight;
    this.#taken++;
    this.#head++;
    if (this.#head < GONE_MIN || this.#head * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }
}

export interface WaitingGroupsOptions {
  /** As `Operator.weight`. */
  weight(event: Waiting): number;
  /** Called when no match of a group waits any more. */
  onEmptied(group: WaitingGroup): void;
}

export class WaitingGroups {
  readonly #options: WaitingGroupsOptions;
  readonly #groups = new Map<string, WaitingGroup>();

  constructor(options: WaitingGroupsOptions) {
    this.#options = options;
  }

  /** Returns the group; undefined if no match of it waits. */
  of(key: string): WaitingGroup | undefined {
    return this.#groups.get(key);
  }

  /** Adds a match; returns its group. */
  add(event: Waiting): WaitingGroup {
    let group = this.#groups.get(event.key);
    if (group === undefined) this.#groups.set(event.key, (group = new WaitingGroup(event.key)));
    group.add(event, this.#options.weight(event));
    return group;
  }

  /** Removes a match, which is the first of its group. */
  take(event: Waiting): void {
    const group = this.#groups.get(event.key)!;
    group.take(this.#options.weight(event));
    if (group.from < group.to) return;
    this.#groups.delete(event.key);
    this.#options.onEmptied(group);
  }
}
