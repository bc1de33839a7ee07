/**
 * The keys of groups of which matches wait, for all rules together: rules that group an event alike look its key up once. A key is here as
 * long as a rule has a group of it.
 */
import { WaitingEvents } from './waiting-events.ts';
import type { WaitingGroup } from './waiting-group.ts';

export interface WaitingKey {
  readonly text: string;
  /** The group of each rule that has one, by the numbers of the rules. */
  readonly groups: (WaitingGroup | undefined)[];
  /** How many there are. */
  count: number;
}

export class WaitingKeys {
  readonly #byText = new Map<string, WaitingKey>();
  readonly #freeRules: number[] = [];
  #rules = 0;

  /** Returns a number for a rule. */
  newRule(): number {
    return this.#freeRules.pop() ?? this.#rules++;
  }

  /** Gives the number back, of which no group is left. */
  freeRule(rule: number): void {
    this.#freeRules.push(rule);
  }

  find(text: string): WaitingKey | undefined {
    return this.#byText.get(text);
  }

  /** Returns the key. Adds it if it is not here; then a group must be entered at once. */
  of(text: string): WaitingKey {
    let key = this.#byText.get(text);
    if (key === undefined) this.#byText.set(text, (key = { text, groups: [], count: 0 }));
    return key;
  }

  enter(key: WaitingKey, rule: number, group: WaitingGroup): void {
    key.groups[rule] = group;
    key.count++;
  }

  leave(key: WaitingKey, rule: number): void {
    key.groups[rule] = undefined;
    if (--key.count === 0) this.#byText.delete(key.text);
  }
}

/** The parts of waiting matches that the rules of a detector share. */
export interface SharedWaiting {
  readonly events: WaitingEvents;
  readonly keys: WaitingKeys;
}

export function newSharedWaiting(): SharedWaiting {
  return { events: new WaitingEvents(), keys: new WaitingKeys() };
}
