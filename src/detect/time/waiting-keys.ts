/**
 * The keys of groups of which matches wait, for all rules together: rules that group an event alike look its key up once. A key is here as
 * long as a rule has a group of it.
 */
import { WaitingEvents } from './waiting-events.ts';
import type { WaitingGroup } from './waiting-group.ts';

export interface WaitingKey {
  readonly text: string;
  /** The group of the only rule that has one, and the number of that rule. Most keys have no more. */
  group: WaitingGroup | undefined;
  rule: number;
  /** The groups by the numbers of the rules, once there was more than one. */
  groups: Map<number, WaitingGroup> | undefined;
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
    if (key === undefined)
      this.#byText.set(text, (key = { text, group: undefined, rule: -1, groups: undefined }));
    return key;
  }

  /** Returns the group that a rule has of the key. */
  group(key: WaitingKey, rule: number): WaitingGroup | undefined {
    return key.rule === rule ? key.group : key.groups?.get(rule);
  }

  enter(key: WaitingKey, rule: number, group: WaitingGroup): void {
    if (key.groups !== undefined) key.groups.set(rule, group);
    else if (key.group === undefined) [key.rule, key.group] = [rule, group];
    else {
      key.groups = new Map([
        [key.rule, key.group],
        [rule, group],
      ]);
      [key.rule, key.group] = [-1, undefined];
    }
  }

  leave(key: WaitingKey, rule: number): void {
    key.groups?.delete(rule);
    if (key.rule === rule) [key.rule, key.group] = [-1, undefined];
    if (key.group === undefined && (key.groups?.size ?? 0) === 0) this.#byText.delete(key.text);
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
