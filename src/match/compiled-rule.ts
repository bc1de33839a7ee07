/** A rule as the matcher runs it: the events that it wants, and the parts of them that go on to `detect`. */
import type { Field, LogEvent, Schema, Value } from '../event/event.ts';
import { fieldsRead, letsUsed } from '../rule/alert-parts.ts';
import type { Condition, Rule } from '../rule/ast.ts';
import { declared } from './condition.ts';

export interface CompiledRule {
  readonly name: string;
  readonly when: Condition | undefined;
  /** The lets that the alert uses. */
  readonly lets: readonly { readonly name: string; readonly condition: Condition }[];
  /** Fields whose values go on to `detect`. */
  readonly fields: readonly Field[];
  /** Returns true if the rule reads the source. */
  reads(source: string): boolean;
  /** Returns the values of the `by` fields; undefined if one is missing or has several values. */
  group(event: LogEvent): readonly Value[] | undefined;
  /** Returns all values of the fields that the alert form reads; undefined if it reads none. */
  values(event: LogEvent): Readonly<Record<string, readonly Value[]>> | undefined;
}

export function compileRule(rule: Rule, schema: Schema): CompiledRule {
  const used = new Set(letsUsed(rule.alert).map(({ name }) => name));
  const lets = [...used].map((name) => ({ name, condition: letOf(rule, name) }));
  const by = rule.alert.by.map((field) => declared(field, schema));
  const read = fieldsRead(rule.alert).map((name) => declared({ name, span: rule.span }, schema));
  const sources = new Set(rule.from);
  return {
    name: rule.name,
    when: rule.when,
    lets,
    fields: [...by, ...read],
    reads: (source) => sources.size === 0 || sources.has(source),
    group: (event) => groupOf(event, by),
    values: (event) => (read.length === 0 ? undefined : valuesOf(event, read)),
  };
}

function letOf(rule: Rule, name: string): Condition {
  const condition = rule.lets.get(name);
  if (condition === undefined) throw new RangeError(`rule ${rule.name} has no let ${name}`);
  return condition;
}

function groupOf(event: LogEvent, by: readonly Field[]): readonly Value[] | undefined {
  const group: Value[] = [];
  for (const field of by) {
    const values = event.values(field);
    if (values.length !== 1) return undefined;
    group.push(values[0]!);
  }
  return group;
}

function valuesOf(event: LogEvent, fields: readonly Field[]): Readonly<Record<string, readonly Value[]>> {
  return Object.fromEntries(fields.map((field) => [field.name, event.values(field)]));
}
