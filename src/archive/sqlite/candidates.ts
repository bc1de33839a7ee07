/**
 * Translates a condition to a query of the index. The query finds at least every event that the condition selects. Parts that the index does
 * not know (negation, existence) make the result wider, never too narrow.
 */
import { lowerCase, tokenTexts } from '../../event/analysis/analyze.ts';
import type { Field, Schema } from '../../event/event.ts';
import { literalValue, normaliseText } from '../../event/field-value.ts';
import type { CompareOp, Condition, Literal } from '../../rule/ast.ts';
import { isExact } from './terms.ts';

export type IndexQuery =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly IndexQuery[] }
  /** `text`: a word of any text field, or its beginning. */
  | { readonly kind: 'word'; readonly text: string; readonly isPrefix: boolean }
  /** `text`: a whole value of the field, or its beginning. */
  | { readonly kind: 'exact'; readonly field: Field; readonly text: string; readonly isPrefix: boolean }
  /** A number of the field for which the comparison with `limit` holds. */
  | { readonly kind: 'range'; readonly field: Field; readonly op: CompareOp; readonly limit: number };

/** Returns the query for a condition, or undefined if the index cannot narrow the search. */
export function candidates(condition: Condition, schema: Schema): IndexQuery | undefined {
  switch (condition.kind) {
    case 'and':
      return all(condition.operands.map((operand) => candidates(operand, schema)));
    case 'or':
      return any(condition.operands.map((operand) => candidates(operand, schema)));
    case 'value':
      return any(schema.searchFields.map((field) => ofField(field, condition.value)));
    case 'field': {
      const field = schema.byName.get(condition.field.name);
      return field && any(condition.values.map((value) => ofField(field, value)));
    }
    case 'compare': {
      const field = schema.byName.get(condition.field.name);
      return field && range(field, condition.op, condition.value);
    }
    case 'not':
    case 'exists':
      return undefined;
  }
}

function ofField(field: Field, literal: Literal): IndexQuery | undefined {
  const isPrefix = literal.kind === 'prefix';
  if (field.type === 'text') return isPrefix ? wordPrefix(field, literal.text) : phrase(field, literal.text);
  const value = isExact(field) ? literalValue(field, literal.text) : undefined;
  if (value === undefined || (isPrefix && field.type !== 'keyword')) return undefined;
  return { kind: 'exact', field, text: String(value), isPrefix };
}

/** Requires all words of the phrase, in any place. */
function phrase(field: Field, text: string): IndexQuery | undefined {
  const words = new Set(tokenTexts(normaliseText(field, text)));
  return all([...words].map((word) => ({ kind: 'word', text: word, isPrefix: false })));
}

/** Requires a word with this prefix, as the matcher reads it. A prefix that would be several words does not narrow the search. */
function wordPrefix(field: Field, text: string): IndexQuery | undefined {
  const prefix = lowerCase(normaliseText(field, text));
  const [word, ...others] = tokenTexts(prefix);
  return word === prefix && others.length === 0 ? { kind: 'word', text: word, isPrefix: true } : undefined;
}

function range(field: Field, op: CompareOp, { text }: Literal): IndexQuery | undefined {
  // A long may be compared with a fraction.
  const limit = literalValue(field.type === 'long' ? { ...field, type: 'double' } : field, text);
  return typeof limit === 'number' ? { kind: 'range', field, op, limit } : undefined;
}

/** Requires every part that narrows. */
export function all<Q>(
  parts: readonly (Q | undefined)[],
): Q | { kind: 'all'; parts: readonly Q[] } | undefined {
  const narrowing = parts.filter((part) => part !== undefined);
  return narrowing.length < 2 ? narrowing[0] : { kind: 'all', parts: narrowing };
}

/** Requires one of the parts. If one part does not narrow, the whole does not. */
export function any<Q>(
  parts: readonly (Q | undefined)[],
): Q | { kind: 'any'; parts: readonly Q[] } | undefined {
  const narrowing = parts.filter((part) => part !== undefined);
  if (narrowing.length < parts.length) return undefined;
  return narrowing.length < 2 ? narrowing[0] : { kind: 'any', parts: narrowing };
}
