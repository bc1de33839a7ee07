/** The matches of a batch as columns. A match becomes an object only where somebody asks for it. */
import type { EventPosition, Value } from './event.ts';
import { MatchEvents, type ShownLines } from './match-events.ts';
import type { Match, ShownEvent } from './match.ts';

export type MatchValues = NonNullable<Match['values']>;

/** Matches in either form. */
export type Matches = readonly Match[] | MatchColumns;

/**
 * Matches stand in the order of the events, then of the rules. They name their rule, their event, their conditions and their group by
 * numbers, so that what several matches have in common stands once.
 */
export class MatchColumns implements Iterable<Match> {
  /** Names of the rules; a rule may have no match. */
  readonly ruleNames: readonly string[];
  #length = 0;
  #rules: Uint32Array;
  #events: Uint32Array;
  #groups: Uint32Array;
  #conditions: Uint32Array;
  readonly #conditionLists: (readonly string[])[] = [];
  /** As in `Match`. Without an entry behind the last match that has values. */
  readonly values: (MatchValues | undefined)[] = [];
  /** The events that `events` names by their numbers. */
  readonly of: MatchEvents;
  /** For each group: its values. Two numbers may have the same values. */
  readonly groupValues: (readonly Value[])[] = [];

  /** `expected`: the number of matches for which room is made at first. `lines`: the batch of `addLine`. */
  constructor(ruleNames: readonly string[], expected = FEW, lines?: ShownLines) {
    this.ruleNames = ruleNames;
    // The events are kept longer than the matches, so they have room as if every rule matched each.
    this.of = new MatchEvents(Math.ceil(expected / Math.max(1, ruleNames.length)), lines);
    this.#rules = new Uint32Array(expected);
    this.#events = new Uint32Array(expected);
    this.#groups = new Uint32Array(expected);
    this.#conditions = new Uint32Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** For each match and beyond: the number of its rule. */
  get rules(): Uint32Array {
    return this.#rules;
  }

  /** For each match and beyond: the number of its event. Numbers never fall. */
  get events(): Uint32Array {
    return this.#events;
  }

  /** For each match and beyond: the number of its group. */
  get groups(): Uint32Array {
    return this.#groups;
  }

  /** As in `Match`. Matches with the same conditions mostly share one list. */
  conditions(match: number): readonly string[] {
    return this.#conditionLists[this.#conditions[match]!]!;
  }

  /** For each event and beyond: its time. */
  get timesMs(): Float64Array {
    return this.of.timesMs;
  }

  /** For each event: its position. */
  get positions(): readonly EventPosition[] {
    return this.of.positions;
  }

  /** For each event: what people are shown of it. */
  get shown(): readonly ShownEvent[] {
    return this.of.shown;
  }

  /** Adds an event, of which the next matches are; returns its number. */
  addEvent(timeMs: number, position: EventPosition, shown: ShownEvent): number {
    return this.of.add(timeMs, position, shown);
  }

  /** As `addEvent`, for a line of the batch. */
  addLine(timeMs: number, offset: number, line: number): number {
    return this.of.addLine(timeMs, offset, line);
  }

  /** Adds a group; returns its number. */
  addGroup(values: readonly Value[]): number {
    return this.groupValues.push(values) - 1;
  }

  /** Adds a match of the last event. */
  add(rule: number, conditions: readonly string[], group: number, values: MatchValues | undefined): void {
    const at = this.#length++;
    if (at === this.#rules.length) this.#enlarge(2 * at);
    if (values !== undefined) this.values[at] = values;
    this.#rules[at] = rule;
    this.#events[at] = this.of.length - 1;
    this.#groups[at] = group;
    this.#conditions[at] = this.#listOf(conditions);
  }

  match(at: number): Match {
    const event = this.events[at]!;
    const values = this.values[at];
    const match = {
      rule: this.ruleNames[this.rules[at]!]!,
      conditions: this.conditions(at),
      group: this.groupValues[this.groups[at]!]!,
      timeMs: this.of.timesMs[event]!,
      position: this.of.positionOf(event),
      shown: this.of.shownOf(event),
    };
    return values === undefined ? match : { ...match, values };
  }

  /** Returns the number of a list. Equal lists may have several numbers. */
  #listOf(conditions: readonly string[]): number {
    const lists = this.#conditionLists;
    for (let number = lists.length - 1; number >= Math.max(0, lists.length - LOOKED_THROUGH_MAX); number--)
      if (lists[number] === conditions) return number;
    return lists.push(conditions) - 1;
  }

  #enlarge(length: number): void {
    const longer = (column: Uint32Array): Uint32Array => {
      const result = new Uint32Array(Math.max(FEW, length));
      result.set(column);
      return result;
    };
    this.#rules = longer(this.#rules);
    this.#events = longer(this.#events);
    this.#groups = longer(this.#groups);
    this.#conditions = longer(this.#conditions);
  }

  *[Symbol.iterator](): Generator<Match, void> {
    for (let at = 0; at < this.length; at++) yield this.match(at);
  }
}

const FEW = 64;
/** Lists of conditions that are looked through for the same one. */
const LOOKED_THROUGH_MAX = 4;

/** Returns matches as columns. `matches` may be of any events, in any order. */
export function matchColumnsOf(matches: Matches): MatchColumns {
  if (matches instanceof MatchColumns) return matches;
  const numbers = new Map<string, number>();
  for (const { rule } of matches) if (!numbers.has(rule)) numbers.set(rule, numbers.size);
  const columns = new MatchColumns([...numbers.keys()]);
  let last: Match | undefined;
  const groups = new Map<readonly Value[], number>();
  for (const match of matches) {
    const { rule, conditions, group, timeMs, position, shown, values } = match;
    if (last?.position !== position || last.shown !== shown || !Object.is(last.timeMs, timeMs))
      columns.addEvent(timeMs, position, shown);
    let number = groups.get(group);
    if (number === undefined) groups.set(group, (number = columns.addGroup(group)));
    columns.add(numbers.get(rule)!, conditions, number, values);
    last = match;
  }
  return columns;
}

/** Returns the number of matches of each rule that has one. */
export function countByRule(matches: Matches): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (rule: string, more: number): void => void counts.set(rule, (counts.get(rule) ?? 0) + more);
  if (!(matches instanceof MatchColumns)) for (const { rule } of matches) add(rule, 1);
  else {
    const byNumber = new Uint32Array(matches.ruleNames.length);
    for (let at = 0; at < matches.length; at++) byNumber[matches.rules[at]!]!++;
    for (const [rule, count] of byNumber.entries()) if (count > 0) add(matches.ruleNames[rule]!, count);
  }
  return counts;
}
