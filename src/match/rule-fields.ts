/**
 * The fields of which rules need values: those that make the group of a match, and those that the alert form reads. Rules with the same
 * fields share what is found in an event.
 */
import type { Field, LogEvent, Value } from '../event/event.ts';
import type { MatchColumns, MatchValues } from '../event/match-columns.ts';

/** Instead of the number of a group: the event has none. */
export const MISSING = -1;

/** An event, or an object that stands for one line after the other. */
type Valued = Pick<LogEvent, 'values'>;

/** Instead of the number of a line: the object is an event. */
const NO_LINE = -1;

/** Numbers of groups by the first value, then by the second one, and so on. */
type GroupNumbers = Map<Value, GroupNumbers | number>;

/** The `by` fields of rules. */
export class Grouping {
  readonly #by: readonly Field[];
  /** The columns of the last event, and the numbers of their groups. */
  #columns: MatchColumns | undefined;
  #numbers: GroupNumbers = new Map();
  #event: Valued | undefined;
  #line = NO_LINE;
  #group = MISSING;

  constructor(by: readonly Field[]) {
    this.#by = by;
  }

  /** Returns the values of an event; undefined if one is missing or has several values. */
  valuesOf(event: Valued): readonly Value[] | undefined {
    const group: Value[] = [];
    for (const field of this.#by) {
      const values = event.values(field);
      if (values.length !== 1) return undefined;
      group.push(values[0]!);
    }
    return group;
  }

  /**
   * Returns the number that the group of an event has in `columns`; `MISSING` as `valuesOf`. Equal groups have one number. `line`: the number
   * of the line for which `event` stands now.
   */
  groupOf(event: Valued, columns: MatchColumns, line = NO_LINE): number {
    if (event === this.#event && line === this.#line && columns === this.#columns) return this.#group;
    if (columns !== this.#columns) {
      this.#columns = columns;
      this.#numbers = new Map();
    }
    this.#event = event;
    this.#line = line;
    return (this.#group = this.#find(event, columns));
  }

  /** Lets go of the last event. */
  forget(): void {
    this.#columns = undefined;
    this.#event = undefined;
    this.#numbers = new Map();
  }

  #find(event: Valued, columns: MatchColumns): number {
    const values = this.valuesOf(event);
    if (values === undefined) return MISSING;
    // A map takes 0 and -0 for one, and a match has the value that its event has.
    for (const value of values) if (Object.is(value, -0)) return columns.addGroup(values);
    let numbers = this.#numbers;
    const last = values.length - 1;
    for (let i = 0; i < last; i++) {
      let next = numbers.get(values[i]!) as GroupNumbers | undefined;
      if (next === undefined) numbers.set(values[i]!, (next = new Map()));
      numbers = next;
    }
    const key = last < 0 ? '' : values[last]!;
    let number = numbers.get(key) as number | undefined;
    if (number === undefined) numbers.set(key, (number = columns.addGroup(values)));
    return number;
  }
}

/** The fields that alert forms read. */
export class FieldsRead {
  readonly #fields: readonly Field[];
  #event: Valued | undefined;
  #line = NO_LINE;
  #values: MatchValues = {};

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  /** Returns all values of the fields in an event. `line`: as for `groupOf`. */
  valuesOf(event: Valued, line = NO_LINE): MatchValues {
    if (event === this.#event && line === this.#line) return this.#values;
    const values: Record<string, readonly Value[]> = {};
    for (const field of this.#fields) values[field.name] = event.values(field);
    this.#event = event;
    this.#line = line;
    return (this.#values = values);
  }

  /** Lets go of the last event. */
  forget(): void {
    this.#event = undefined;
    this.#values = {};
  }
}

/** Gives rules with the same fields one `Grouping` and one `FieldsRead`. */
export class RuleFields {
  readonly #groupings = new Map<string, Grouping>();
  readonly #readings = new Map<string, FieldsRead>();

  grouping(by: readonly Field[]): Grouping {
    return known(this.#groupings, by, () => new Grouping(by));
  }

  /** Undefined: no field is read. */
  reading(fields: readonly Field[]): FieldsRead | undefined {
    return fields.length === 0 ? undefined : known(this.#readings, fields, () => new FieldsRead(fields));
  }

  forget(): void {
    for (const grouping of this.#groupings.values()) grouping.forget();
    for (const reading of this.#readings.values()) reading.forget();
  }
}

function known<T>(among: Map<string, T>, fields: readonly Field[], make: () => T): T {
  const key = JSON.stringify(fields.map(({ name }) => name));
  let found = among.get(key);
  if (found === undefined) among.set(key, (found = make()));
  return found;
}
