/** A rule as the matcher runs it: the events that it wants, and the parts of them that go on to `detect`. */
import type { Field, Schema } from '../event/event.ts';
import { fieldsRead, letsUsed } from '../rule/alert-parts.ts';
import type { Condition, Rule } from '../rule/ast.ts';
import { declared } from './condition.ts';
import type { Grouping, FieldsRead, RuleFields } from './rule-fields.ts';

export interface CompiledRule {
  readonly name: string;
  /** Its place among the rules of the matcher. */
  readonly number: number;
  readonly when: Condition | undefined;
  /** The lets that the alert uses. */
  readonly lets: readonly { readonly name: string; readonly condition: Condition }[];
  /** Fields whose values go on to `detect`. */
  readonly fields: readonly Field[];
  /** Returns true if the rule reads the source. */
  reads(source: string): boolean;
  /** Finds the group of an event. */
  readonly grouping: Grouping;
  /** Finds the values that the alert form reads; undefined if it reads none. */
  readonly reading: FieldsRead | undefined;
}

/** `number`: the place of the rule among all. */
export function compileRule(rule: Rule, schema: Schema, number: number, fields: RuleFields): CompiledRule {
  const used = new Set(letsUsed(rule.alert).map(({ name }) => name));
  const lets = [...used].map((name) => ({ name, condition: letOf(rule, name) }));
  const by = rule.alert.by.map((field) => declared(field, schema));
  const read = fieldsRead(rule.alert).map((name) => declared({ name, span: rule.span }, schema));
  const sources = new Set(rule.from);
  return {
    name: rule.name,
    number,
    when: rule.when,
    lets,
    fields: [...by, ...read],
    reads: (source) => sources.size === 0 || sources.has(source),
    grouping: fields.grouping(by),
    reading: fields.reading(read),
  };
}

function letOf(rule: Rule, name: string): Condition {
  const condition = rule.lets.get(name);
  if (condition === undefined) throw new RangeError(`rule ${rule.name} has no let ${name}`);
  return condition;
}
