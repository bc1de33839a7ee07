/** The matches of a batch in a row of the journal. Nothing that several matches have in common is written twice. */
import type { Value } from '../../event/event.ts';
import type { Match, ShownEvent } from '../../event/match.ts';
import type { BatchInput } from '../input/input.ts';
import { areSameValues } from '../input/same-values.ts';
import { isExact, type RowReader, type RowWriter } from './row-bytes.ts';

type Partition = Pick<BatchInput, 'source' | 'partition'>;
type Values = NonNullable<Match['values']>;

/** A rule with the conditions of it that an event satisfied. `next`: the one that came behind it the last time. */
interface Satisfied {
  readonly rule: string;
  readonly conditions: readonly string[];
  readonly number: number;
  next?: Satisfied;
}

/** Numbers of groups and values in an event that are looked through for an equal one. */
const COMPARED_MAX = 8;

/**
 * Writes lists of matches. Matches in a row that share their event make one entry: the number of matches, time and position, the event as
 * it is shown, then for each match its rule with the conditions, its group and its values. An entry of no match ends a list.
 */
export class MatchesWriter {
  readonly #batch: Partition;
  readonly #writer: RowWriter;
  readonly #byRule = new Map<string, Satisfied[]>();
  #count = 0;
  #last: Satisfied | undefined;
  #timeMs = 0;
  #offset = 0;

  constructor(batch: Partition, writer: RowWriter) {
    this.#batch = batch;
    this.#writer = writer;
  }

  write(matches: readonly Match[]): void {
    for (let from = 0; from < matches.length;) {
      const match = matches[from]!;
      let to = from + 1;
      while (to < matches.length && isOfSameEvent(match, matches[to]!)) to++;
      this.#event(match, to - from);
      this.#matches(matches, from, to);
      from = to;
    }
    this.#writer.whole(0);
  }

  #event({ timeMs, position, shown }: Match, matches: number): void {
    const { source, partition, offset } = position;
    const writer = this.#writer;
    const isNear =
      source === this.#batch.source &&
      partition === this.#batch.partition &&
      isExact(timeMs) &&
      isExact(offset);
    writer.whole(matches * 2 + Number(!isNear));
    if (isNear) {
      writer.difference(timeMs - this.#timeMs);
      writer.difference(offset - this.#offset);
      this.#timeMs = timeMs;
      this.#offset = offset;
    } else {
      writer.word(source);
      for (const number of [partition, offset, timeMs]) writer.value(number);
    }
    writer.text(shown.excerpt);
    this.#named(shown.fields);
  }

  #matches(matches: readonly Match[], from: number, to: number): void {
    const groups: (readonly Value[])[] = [];
    const values: Values[] = [];
    const writer = this.#writer;
    for (let i = from; i < to; i++) {
      const match = matches[i]!;
      this.#satisfied(match);
      const group = placeOf(match.group, groups, areSameValues);
      writer.whole(group + 1);
      if (group < 0) {
        groups.push(match.group);
        writer.values(match.group);
      }
      if (match.values === undefined) writer.whole(0);
      else {
        const place = placeOf(match.values, values, areSameByName);
        writer.whole(place + 2);
        if (place >= 0) continue;
        values.push(match.values);
        this.#named(match.values);
      }
    }
  }

  #named(valuesByName: Values): void {
    const names = Object.keys(valuesByName);
    this.#writer.whole(names.length);
    for (const name of names) {
      this.#writer.word(name);
      this.#writer.values(valuesByName[name]!);
    }
  }

  #satisfied({ rule, conditions }: Match): void {
    const before = this.#last;
    const guess = before?.next;
    const isGuessed = guess?.rule === rule && areSameValues(guess.conditions, conditions);
    const found = isGuessed ? guess : this.#find(rule, conditions);
    this.#writer.whole(found?.number ?? this.#count);
    this.#last = found ?? this.#add(rule, conditions);
    if (before !== undefined) before.next = this.#last;
  }

  #find(rule: string, conditions: readonly string[]): Satisfied | undefined {
    return this.#byRule.get(rule)?.find((each) => areSameValues(each.conditions, conditions));
  }

  #add(rule: string, conditions: readonly string[]): Satisfied {
    const added: Satisfied = { rule, conditions, number: this.#count++ };
    const list = this.#byRule.get(rule);
    if (list === undefined) this.#byRule.set(rule, [added]);
    else list.push(added);
    this.#writer.word(rule);
    this.#writer.whole(conditions.length);
    for (const name of conditions) this.#writer.word(name);
    return added;
  }
}

/** Reads the lists that `MatchesWriter` wrote. Matches of an event share its position and what is shown of it, equal groups are one. */
export class MatchesReader {
  readonly #batch: Partition;
  readonly #reader: RowReader;
  readonly #satisfied: Pick<Match, 'rule' | 'conditions'>[] = [];
  #timeMs = 0;
  #offset = 0;

  constructor(batch: Partition, reader: RowReader) {
    this.#batch = batch;
    this.#reader = reader;
  }

  read(): readonly Match[] {
    const matches: Match[] = [];
    for (let head = this.#reader.whole(); head > 0; head = this.#reader.whole()) {
      const event = this.#event(head % 2 === 0);
      const groups: (readonly Value[])[] = [];
      const values: Values[] = [];
      for (let left = Math.floor(head / 2); left > 0; left--)
        matches.push(this.#match(event, groups, values));
    }
    return matches;
  }

  #event(isNear: boolean): Pick<Match, 'timeMs' | 'position' | 'shown'> {
    const place = isNear ? this.#near() : this.#far();
    const shown: ShownEvent = { excerpt: this.#reader.text(), fields: this.#named() };
    return { ...place, shown };
  }

  #near(): Pick<Match, 'timeMs' | 'position'> {
    this.#timeMs += this.#reader.difference();
    this.#offset += this.#reader.difference();
    return { timeMs: this.#timeMs, position: { ...this.#batch, offset: this.#offset } };
  }

  #far(): Pick<Match, 'timeMs' | 'position'> {
    const source = this.#reader.word();
    const partition = this.#reader.value() as number;
    const offset = this.#reader.value() as number;
    return { timeMs: this.#reader.value() as number, position: { source, partition, offset } };
  }

  #match(
    { timeMs, position, shown }: Pick<Match, 'timeMs' | 'position' | 'shown'>,
    groups: (readonly Value[])[],
    values: Values[],
  ): Match {
    const { rule, conditions } = this.#rule();
    const groupPlace = this.#reader.whole();
    if (groupPlace === 0) groups.push(this.#reader.values());
    const group = groupPlace === 0 ? groups.at(-1)! : groups[groupPlace - 1]!;
    const valuesPlace = this.#reader.whole();
    if (valuesPlace === 0) return { rule, conditions, group, timeMs, position, shown };
    if (valuesPlace === 1) values.push(this.#named());
    const read = valuesPlace === 1 ? values.at(-1)! : values[valuesPlace - 2]!;
    return { rule, conditions, group, timeMs, position, shown, values: read };
  }

  #rule(): Pick<Match, 'rule' | 'conditions'> {
    const number = this.#reader.whole();
    if (number === this.#satisfied.length) {
      const rule = this.#reader.word();
      const conditions = Array.from({ length: this.#reader.whole() }, () => this.#reader.word());
      this.#satisfied.push({ rule, conditions });
    }
    return this.#satisfied[number]!;
  }

  #named(): Values {
    const entries: (readonly [string, readonly Value[]])[] = [];
    for (let left = this.#reader.whole(); left > 0; left--)
      entries.push([this.#reader.word(), this.#reader.values()]);
    return Object.fromEntries(entries);
  }
}

function isOfSameEvent(a: Match, b: Match): boolean {
  if (a.shown !== b.shown || !Object.is(a.timeMs, b.timeMs)) return false;
  const [here, there] = [a.position, b.position];
  return (
    here === there ||
    (here.source === there.source &&
      Object.is(here.partition, there.partition) &&
      Object.is(here.offset, there.offset))
  );
}

/** Returns the place of an equal one among the first of a list; −1 if there is none. */
function placeOf<T>(one: T, among: readonly T[], equal: (a: T, b: T) => boolean): number {
  const length = Math.min(among.length, COMPARED_MAX);
  for (let i = 0; i < length; i++) if (equal(one, among[i]!)) return i;
  return -1;
}

function areSameByName(a: Values, b: Values): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  if (!areSameValues(names, Object.keys(b))) return false;
  return names.every((name) => areSameValues(a[name]!, b[name]!));
}
