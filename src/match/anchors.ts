/**
 * Anchors: atoms of which every event that satisfies a condition has at least one. A rule is tried only on events that have one of its
 * anchors. Anchors exclude no event that matches, but they do not decide: the predicate decides. If there are several choices, the
 * one that the fewest events have is taken.
 */
import type { Field, Schema } from '../event/event.ts';
import { literalValue } from '../event/field-value.ts';
import type { Condition, Literal } from '../rule/ast.ts';
import { declared, phraseTokens } from './condition.ts';

/** A token of a text field, or a whole value (as text) of another field. */
export interface Anchor {
  readonly field: Field;
  readonly text: string;
}

/** Returns the share of events that have the anchor, 0 to 1. A wrong share costs time, never a match. */
export type Frequency = (anchor: Anchor) => number;

/** The anchors of a condition. Undefined: the condition may hold for an event without any of them. An empty list: it never holds. */
type Anchors = readonly Anchor[] | undefined;

/** Chooses the anchors of a condition under a frequency. Everything that does not depend on the frequency is computed once, beforehand. */
export type AnchorChoice = (frequency: Frequency) => Anchors;

export function anchorChoice(condition: Condition, schema: Schema): AnchorChoice {
  switch (condition.kind) {
    case 'and':
      return rarest(condition.operands.map((operand) => anchorChoice(operand, schema)));
    case 'or':
      return anyOf(condition.operands.map((operand) => anchorChoice(operand, schema)));
    case 'value':
      return anyOf(schema.searchFields.map((field) => leafChoice(field, condition.value)));
    case 'field': {
      const field = declared(condition.field, schema);
      return anyOf(condition.values.map((value) => leafChoice(field, value)));
    }
    case 'not':
    case 'exists':
    case 'compare':
      return unanchored;
  }
}

/** Returns the fields that anchors of the condition may belong to. */
export function anchorFields(condition: Condition, schema: Schema): readonly Field[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.flatMap((operand) => anchorFields(operand, schema));
    case 'value':
      return schema.searchFields;
    case 'field':
      return [declared(condition.field, schema)];
    case 'not':
    case 'exists':
    case 'compare':
      return [];
  }
}

const unanchored: AnchorChoice = () => undefined;

/** Returns the anchors of "one of these holds". */
export function anyOf(alternatives: readonly AnchorChoice[]): AnchorChoice {
  return (frequency) => {
    const all: Anchor[] = [];
    for (const choose of alternatives) {
      const anchors = choose(frequency);
      if (anchors === undefined) return undefined;
      all.push(...anchors);
    }
    return all;
  };
}

/** Returns the anchors of "all of these hold". */
function rarest(operands: readonly AnchorChoice[]): AnchorChoice {
  return (frequency) => {
    let best: Anchors;
    let least = Infinity;
    for (const choose of operands) {
      const anchors = choose(frequency);
      if (anchors === undefined) continue;
      const share = anchors.reduce((sum, anchor) => sum + frequency(anchor), 0);
      if (share < least) [best, least] = [anchors, share];
    }
    return best;
  };
}

function leafChoice(field: Field, literal: Literal): AnchorChoice {
  if (literal.kind === 'prefix') {
    return field.type === 'text' || field.type === 'keyword' ? unanchored : () => [];
  }
  if (field.type === 'text') {
    const tokens = phraseTokens(field, literal.text);
    return tokens.length === 0 ? () => [] : rarest(tokens.map((text) => () => [{ field, text }]));
  }
  const value = literalValue(field, literal.text);
  const anchors = value === undefined ? [] : [{ field, text: String(value) }];
  return () => anchors;
}
