/**
 * A condition as what it needs of a line: hits, hits in a row, or what only the event can tell. Its meaning is that of the predicate which
 * condition.ts makes of the same condition.
 */
import type { Field, Schema } from '../../event/event.ts';
import { literalValue } from '../../event/field-value.ts';
import type { Condition, Literal } from '../../rule/ast.ts';
import { compilePredicate, declared, leafPredicate, phraseTokens, type Predicate } from '../condition.ts';
import type { Vocabulary } from './vocabulary.ts';

export type Need =
  /** A hit of the atom in one of the lanes. */
  | { readonly kind: 'hit'; readonly atom: number; readonly lanes: number }
  /** Hits of three or more tokens in a row in one of the lanes. `pairs`: the pairs that the row consists of. */
  | {
      readonly kind: 'row';
      readonly atoms: readonly number[];
      readonly pairs: readonly number[];
      readonly lanes: number;
    }
  | { readonly kind: 'event'; readonly holds: Predicate }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Need[] }
  | { readonly kind: 'not'; readonly of: Need };

const never: Need = { kind: 'any', of: [] };

export function needOf(condition: Condition, schema: Schema, vocabulary: Vocabulary): Need {
  const of = (operand: Condition): Need => needOf(operand, schema, vocabulary);
  switch (condition.kind) {
    case 'and':
      return { kind: 'all', of: condition.operands.map(of) };
    case 'or':
      return anyOf(condition.operands.map(of));
    case 'not':
      return { kind: 'not', of: of(condition.operand) };
    case 'value':
      return anyOf(schema.searchFields.map((field) => leaf(condition.value, field)));
    case 'field': {
      const field = declared(condition.field, schema);
      return anyOf(condition.values.map((value) => leaf(value, field)));
    }
    case 'exists':
    case 'compare':
      vocabulary.keep(declared(condition.field, schema));
      return { kind: 'event', holds: compilePredicate(condition, schema) };
  }

  function leaf(literal: Literal, field: Field): Need {
    return leafNeed(literal, field, vocabulary) ?? eventNeed(literal, field);
  }

  function eventNeed(literal: Literal, field: Field): Need {
    vocabulary.keep(field);
    return { kind: 'event', holds: leafPredicate(field, literal) };
  }
}

/** Returns the need of a value in a field; undefined if only the event can tell. */
function leafNeed(literal: Literal, field: Field, vocabulary: Vocabulary): Need | undefined {
  if (literal.kind === 'prefix') return undefined;
  if (field.type !== 'text') {
    const value = literalValue(field, literal.text);
    if (value === undefined) return never;
    const lanes = vocabulary.laneBit(field);
    return lanes === undefined
      ? undefined
      : { kind: 'hit', atom: vocabulary.add('whole', String(value)), lanes };
  }
  const tokens = phraseTokens(field, literal.text);
  if (tokens.length === 0) return never;
  const lanes = vocabulary.laneBit(field);
  if (lanes === undefined) return undefined;
  const atoms = tokens.map((token) => vocabulary.add('token', token));
  if (atoms.length === 1) return { kind: 'hit', atom: atoms[0]!, lanes };
  const pairs = atoms.slice(1).map((second, i) => vocabulary.pair(atoms[i]!, second));
  return pairs.length === 1 ? { kind: 'hit', atom: pairs[0]!, lanes } : { kind: 'row', atoms, pairs, lanes };
}

/** Makes one need of those that differ in their lanes only: a word is looked for in all search fields at once. */
function anyOf(needs: readonly Need[]): Need {
  const byAtoms = new Map<string, number>();
  const joined: Need[] = [];
  for (const need of needs) {
    const key = keyOf(need);
    const at = key === undefined ? undefined : byAtoms.get(key);
    const other = at === undefined ? undefined : joined[at];
    if ((need.kind === 'hit' || need.kind === 'row') && (other?.kind === 'hit' || other?.kind === 'row')) {
      joined[at!] = { ...other, lanes: other.lanes | need.lanes };
      continue;
    }
    if (key !== undefined) byAtoms.set(key, joined.length);
    joined.push(need);
  }
  return joined.length === 1 ? joined[0]! : { kind: 'any', of: joined };
}

/** Returns the same text for needs that differ in their lanes only; undefined for needs without lanes. */
function keyOf(need: Need): string | undefined {
  if (need.kind === 'hit') return String(need.atom);
  return need.kind === 'row' ? need.atoms.join() : undefined;
}
