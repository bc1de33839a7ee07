/** The matches of a batch as columns. A match becomes an object only where somebody asks for it. */
import type { EventPosition, Value } from './event.ts';
import type { Match, ShownEvent } from './match.ts';

export type MatchValues = NonNullable<Match['values']>;

/** Matches in either form. */
export type Matches = readonly Match[] | MatchColumns;

/**
 * Matches stand in the order of the events, then of the rules. They name their rule, their event and their group by numbers, so that what
 * several matches have in common stands once.
 */
export class MatchColumns implements Iterable<Match> {
  /** Names of the rules; a rule may have no match. */
  readonly ruleNames: readonly string[];
  /** For each match: the number of its rule. */
  readonly rules: number[] = [];
  /** For each match: the number of its event. Numbers never fall. */
  readonly events: number[] = [];
  /** For each match: the number of its group. */
  readonly groups: number[] = [];
  /** As in `Match`. Matches with the same conditions mostly share one list. */
  readonly conditions: (readonly string[])[] = [];
  /** As in `Match`. Without an entry behind the last match that has values. */
  readonly values: (MatchValues | undefined)[] = [];
  /** For each event: its time, its position, and what people are shown of it. */
  readonly timesMs: number[] = [];
  readonly positions: EventPosition[] = [];
  readonly shown: ShownEvent[] = [];
  /** For each group: its values. Two numbers may have the same values. */
  readonly groupValues: (readonly Value[])[] = [];

  constructor(ruleNames: readonly string[]) {
    this.ruleNames = ruleNames;
  }

  get length(): number {
    return this.rules.length;
  }

  /** Adds an event, of which the next matches are; returns its number. */
  addEvent(timeMs: number, position: EventPosition, shown: ShownEvent): number {
    this.timesMs.push(timeMs);
    this.positions.push(position);
    return this.shown.push(shown) - 1;
  }

  /** Adds a group; returns its number. */
  addGroup(values: readonly Value[]): number {
    return this.groupValues.push(values) - 1;
  }

  /** Adds a match of the last event. */
  add(rule: number, conditions: readonly string[], group: number, values: MatchValues | undefined): void {
    if (values !== undefined) this.values[this.rules.length] = values;
    this.rules.push(rule);
    this.events.push(this.timesMs.length - 1);
    this.groups.push(group);
    this.conditions.push(conditions);
  }

  match(at: number): Match {
    const event = this.events[at]!;
    const values = this.values[at];
    const match = {
      rule: this.ruleNames[this.rules[at]!]!,
      conditions: this.conditions[at]!,
      group: this.groupValues[this.groups[at]!]!,
      timeMs: this.timesMs[event]!,
      position: this.positions[event]!,
      shown: this.shown[event]!,
    };
    return values === undefined ? match : { ...match, values };
  }

  *[Symbol.iterator](): Generator<Match, void> {
    for (let at = 0; at < this.length; at++) yield this.match(at);
  }
}

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
    for (const rule of matches.rules) byNumber[rule]!++;
    for (const [rule, count] of byNumber.entries()) if (count > 0) add(matches.ruleNames[rule]!, count);
  }
  return counts;
}
