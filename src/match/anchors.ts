/**
 * Anchors: atoms of which every event that satisfies a condition has at least one, so that a rule is tried only on events that have one.
 * Sound, never complete: the predicate decides.
 */
import type { Field, Schema } from '../event/event.ts';
import { literalValue } from '../event/field-value.ts';
import type { Condition, Literal } from '../rule/ast.ts';
import { declared, phraseTokens } from './condition.ts';

/** A token of a text field, or a whole value (as text) of another. */
export interface Anchor {
  readonly field: Field;
  readonly text: string;
}

/** Undefined: the condition may hold for an event without any of them. An empty list: it never holds. */
export type Anchors = readonly Anchor[] | undefined;

export function anchorsOf(condition: Condition, schema: Schema): Anchors {
  switch (condition.kind) {
    case 'and':
      return condition.operands.map((operand) => anchorsOf(operand, schema)).reduce(rarer, undefined);
    case 'or':
      return anyOf(condition.operands.map((operand) => anchorsOf(operand, schema)));
    case 'value':
      return anyOf(schema.searchFields.map((field) => leafAnchors(field, condition.value)));
    case 'field': {
      const field = declared(condition.field, schema);
      return anyOf(condition.values.map((value) => leafAnchors(field, value)));
    }
    case 'not':
    case 'exists':
    case 'compare':
      return undefined;
  }
}

/** Anchors of "one of these holds". */
export function anyOf(alternatives: readonly Anchors[]): Anchors {
  const all: Anchor[] = [];
  for (const anchors of alternatives) {
    if (anchors === undefined) return undefined;
    all.push(...anchors);
  }
  return all;
}

function leafAnchors(field: Field, literal: Literal): Anchors {
  if (literal.kind === 'prefix') return field.type === 'text' || field.type === 'keyword' ? undefined : [];
  if (field.type === 'text') {
    const tokens = phraseTokens(field, literal.text);
    const longest = tokens.reduce<string | undefined>(
      (a, b) => (a !== undefined && a.length >= b.length ? a : b),
      undefined,
    );
    return longest === undefined ? [] : [{ field, text: longest }];
  }
  const value = literalValue(field, literal.text);
  return value === undefined ? [] : [{ field, text: String(value) }];
}

function rarer(a: Anchors, b: Anchors): Anchors {
  if (a === undefined || b === undefined) return a ?? b;
  return commonness(b) < commonness(a) ? b : a;
}

/** A guess at how many events have one: short words are common, and whole values (a level, a service) more so than words. */
function commonness(anchors: readonly Anchor[]): number {
  return anchors.reduce(
    (sum, { field, text }) => sum + (field.type === 'text' ? 1 : 2) / (1 + text.length),
    0,
  );
}
