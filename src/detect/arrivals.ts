/** The matches of a batch as runs take them: what several runs need of an event or a group is made once. */
import type { MatchColumns } from '../event/match-columns.ts';
import type { SharedWaiting, WaitingKey } from './time/waiting-keys.ts';
import { groupKey } from './input/group-key.ts';
import type { DetectRule } from './input/input.ts';
import { underStateNames } from './input/let-names.ts';
import { noValues, type Waiting } from './input/waiting.ts';

const UNKNOWN = -1;

export class Arrivals {
  readonly matches: MatchColumns;
  readonly #shared: SharedWaiting;
  /** The number among the waiting events of each event. */
  readonly #numbers: Int32Array;
  readonly #keys: (string | undefined)[] = [];
  readonly #waitingKeys: (WaitingKey | undefined)[] = [];

  constructor(matches: MatchColumns, shared: SharedWaiting) {
    this.matches = matches;
    this.#shared = shared;
    this.#numbers = new Int32Array(matches.of.length).fill(UNKNOWN);
  }

  /** Returns the number of a match's event among the waiting events. A match of it must be added at once. */
  waitingEvent(match: number): number {
    const event = this.matches.events[match]!;
    const known = this.#numbers[event]!;
    if (known !== UNKNOWN) return known;
    return (this.#numbers[event] = this.#shared.events.addOf(this.matches.of, event));
  }

  /** Returns the match without the parts that its rule does not need. */
  waiting(match: number, rule: DetectRule): Waiting {
    const { events, of, values } = this.matches;
    return {
      key: this.key(match),
      timeMs: this.timeMs(match),
      position: of.positionOf(events[match]!),
      conditions: underStateNames(rule, this.matches.conditions(match)),
      values: values[match] ?? noValues,
    };
  }

  timeMs(match: number): number {
    return this.matches.of.timesMs[this.matches.events[match]!]!;
  }

  /** Returns the key of a match's group among those that wait. A group must be entered at once. */
  waitingKey(match: number): WaitingKey {
    return (this.#waitingKeys[this.matches.groups[match]!] ??= this.#shared.keys.of(this.key(match)));
  }

  /** Returns the key of a match's group. */
  key(match: number): string {
    const group = this.matches.groups[match]!;
    return (this.#keys[group] ??= groupKey(this.matches.groupValues[group]!));
  }
}
