/** The matches of a batch in a row of the journal. Nothing that several matches have in common is written twice. */
import type { Field, Value } from '../../event/event.ts';
import type { Match, ShownEvent } from '../../event/match.ts';
import type { MatchEvents } from '../../event/match-events.ts';
import type { MatchColumns, MatchValues } from '../../event/match-columns.ts';
import { fieldsOf, fieldsText, ShownOfLine, type ShownLine } from '../../event/shown-line.ts';
import type { AnyBatch } from '../input/input.ts';
import { areSameValues } from '../input/same-values.ts';
import { isExact, type RowReader, type RowWriter } from './row-bytes.ts';

type Partition = Pick<AnyBatch, 'source' | 'partition'>;

/** A rule with the conditions of it that an event satisfied. `next`: the one that came behind it the last time. */
interface Satisfied {
  readonly rule: string;
  readonly conditions: readonly string[];
  readonly number: number;
  next?: Satisfied;
}

/** How an event is shown: by its parts, or by the line of which they can be made. */
const SHOWN_BY_PARTS = 0;
const SHOWN_BY_LINE = 1;

/** About so many bytes less are written for an event that is shown by its line. */
const SAVED_BYTES = 200;

/** Returns true if the declared fields, which stand in a row once, cost less than the lines of its events save. */
const isWorthFields = ({ fields }: ShownLine, events: number): boolean =>
  fieldsText(fields).length < events * SAVED_BYTES;

/** Numbers of groups and values in an event that are looked through for an equal one. */
const COMPARED_MAX = 8;

/**
 * Writes lists of matches. Matches in a row that share their event make one entry: the number of matches, time and position, how the event
 * is shown, then for each match its rule with the conditions, its group and its values. An event is shown by its line, if there is one of
 * which the parts for people can be made again. An entry of no match ends a list.
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

  write(matches: MatchColumns): void {
    const { events, length, of } = matches;
    for (let from = 0; from < length;) {
      let to = from + 1;
      while (to < length && isOfSameEvent(of, events[from]!, events[to]!)) to++;
      this.#event(of, events[from]!, to - from);
      this.#matches(matches, from, to);
      from = to;
    }
    this.#writer.whole(0);
  }

  #event(of: MatchEvents, event: number, matches: number): void {
    const [timeMs, offset] = [of.timesMs[event]!, of.offsets[event]!];
    const [source, partition] = [of.sourceOf(event), of.partitionOf(event)];
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
    this.#shown(of, event);
  }

  #shown(of: MatchEvents, event: number): void {
    const line = of.shownLineOf(event);
    if (line === undefined || !isWorthFields(line, of.length)) {
      const shown = of.shownOf(event);
      this.#writer.whole(SHOWN_BY_PARTS);
      this.#writer.text(shown.excerpt);
      this.#named(shown.fields);
    } else {
      this.#writer.whole(SHOWN_BY_LINE);
      this.#writer.word(fieldsText(line.fields));
      this.#writer.text(line.json);
    }
  }

  #matches(matches: MatchColumns, from: number, to: number): void {
    const { ruleNames, rules, groups: groupAt, groupValues, values: valuesAt } = matches;
    const groups: (readonly Value[])[] = [];
    const values: MatchValues[] = [];
    const writer = this.#writer;
    for (let at = from; at < to; at++) {
      this.#satisfied(ruleNames[rules[at]!]!, matches.conditions(at));
      const group = groupValues[groupAt[at]!]!;
      const groupPlace = placeOf(group, groups, areSameValues);
      writer.whole(groupPlace + 1);
      if (groupPlace < 0) {
        groups.push(group);
        writer.values(group);
      }
      const valuesHere = valuesAt[at];
      if (valuesHere === undefined) writer.whole(0);
      else {
        const place = placeOf(valuesHere, values, areSameByName);
        writer.whole(place + 2);
        if (place >= 0) continue;
        values.push(valuesHere);
        this.#named(valuesHere);
      }
    }
  }

  #named(valuesByName: MatchValues): void {
    const names = Object.keys(valuesByName);
    this.#writer.whole(names.length);
    for (const name of names) {
      this.#writer.word(name);
      this.#writer.values(valuesByName[name]!);
    }
  }

  #satisfied(rule: string, conditions: readonly string[]): void {
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
  readonly #mayHaveLines: boolean;
  readonly #fieldsOf = new Map<string, readonly Field[]>();
  readonly #satisfied: Pick<Match, 'rule' | 'conditions'>[] = [];
  #timeMs = 0;
  #offset = 0;

  /** `mayHaveLines`: events may be shown by their lines. */
  constructor(batch: Partition, reader: RowReader, mayHaveLines: boolean) {
    this.#batch = batch;
    this.#reader = reader;
    this.#mayHaveLines = mayHaveLines;
  }

  read(): readonly Match[] {
    const matches: Match[] = [];
    for (let head = this.#reader.whole(); head > 0; head = this.#reader.whole()) {
      const event = this.#event(head % 2 === 0);
      const groups: (readonly Value[])[] = [];
      const values: MatchValues[] = [];
      for (let left = Math.floor(head / 2); left > 0; left--)
        matches.push(this.#match(event, groups, values));
    }
    return matches;
  }

  #event(isNear: boolean): Pick<Match, 'timeMs' | 'position' | 'shown'> {
    const place = isNear ? this.#near() : this.#far();
    return { ...place, shown: this.#shown(place.timeMs) };
  }

  #shown(timeMs: number): ShownEvent {
    if (this.#mayHaveLines && this.#reader.whole() === SHOWN_BY_LINE)
      return new ShownOfLine(this.#line(), timeMs);
    return { excerpt: this.#reader.text(), fields: this.#named() };
  }

  #line(): ShownLine {
    const text = this.#reader.word();
    let fields = this.#fieldsOf.get(text);
    if (fields === undefined) this.#fieldsOf.set(text, (fields = fieldsOf(text)));
    return { fields, json: this.#reader.text() };
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
    values: MatchValues[],
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

  #named(): MatchValues {
    const entries: (readonly [string, readonly Value[]])[] = [];
    for (let left = this.#reader.whole(); left > 0; left--)
      entries.push([this.#reader.word(), this.#reader.values()]);
    return Object.fromEntries(entries);
  }
}

function isOfSameEvent(of: MatchEvents, a: number, b: number): boolean {
  if (a === b) return true;
  const { timesMs, offsets } = of;
  return (
    Object.is(timesMs[a], timesMs[b]) &&
    Object.is(offsets[a], offsets[b]) &&
    of.sourceOf(a) === of.sourceOf(b) &&
    Object.is(of.partitionOf(a), of.partitionOf(b)) &&
    of.shownOf(a) === of.shownOf(b)
  );
}

/** Returns the place of an equal one among the first of a list; −1 if there is none. */
function placeOf<T>(one: T, among: readonly T[], equal: (a: T, b: T) => boolean): number {
  const length = Math.min(among.length, COMPARED_MAX);
  for (let i = 0; i < length; i++) if (equal(one, among[i]!)) return i;
  return -1;
}

function areSameByName(a: MatchValues, b: MatchValues): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  if (!areSameValues(names, Object.keys(b))) return false;
  return names.every((name) => areSameValues(a[name]!, b[name]!));
}
