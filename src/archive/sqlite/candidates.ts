/**
 * Translates a condition to a query of the full-text index. The query finds at least every event that the condition selects. Parts that the
 * index does not know (negation, ranges, existence) make the result wider, never too narrow.
 */
import { lowerCase, tokenTexts } from '../../event/analysis/analyze.ts';
import type { Field, Schema } from '../../event/event.ts';
import { literalValue, normaliseText } from '../../event/field-value.ts';
import type { Condition, Literal } from '../../rule/ast.ts';
import type { TokenForm } from './token-form.ts';
import { isExact } from './tokens.ts';

/** Returns an FTS5 MATCH expression for tokens of a form, or undefined if the index cannot narrow the search. */
export function candidates(condition: Condition, schema: Schema, form: TokenForm): string | undefined {
  switch (condition.kind) {
    case 'and':
      return all(condition.operands.map((operand) => candidates(operand, schema, form)));
    case 'or':
      return any(condition.operands.map((operand) => candidates(operand, schema, form)));
    case 'value':
      return any(schema.searchFields.map((field) => ofField(field, condition.value, form)));
    case 'field': {
      const field = schema.byName.get(condition.field.name);
      return field && any(condition.values.map((value) => ofField(field, value, form)));
    }
    case 'not':
    case 'exists':
    case 'compare':
      return undefined;
  }
}

function ofField(field: Field, literal: Literal, form: TokenForm): string | undefined {
  if (field.type === 'text')
    return literal.kind === 'prefix'
      ? wordPrefix(field, literal.text, form)
      : phrase(field, literal.text, form);
  const value = isExact(field) ? literalValue(field, literal.text) : undefined;
  if (value === undefined || (literal.kind === 'prefix' && field.type !== 'keyword')) return undefined;
  const token = quoted(form.exact(field, String(value)));
  return literal.kind === 'prefix' ? `${token} *` : token;
}

/** Requires all words of the phrase, in any place. */
function phrase(field: Field, text: string, form: TokenForm): string | undefined {
  const words = tokenTexts(normaliseText(field, text));
  return all([...new Set(words)].map((word) => quoted(form.word(word))));
}

/** Requires a word with this prefix, as the matcher reads it. A prefix that would be several words does not narrow the search. */
function wordPrefix(field: Field, text: string, form: TokenForm): string | undefined {
  const prefix = lowerCase(normaliseText(field, text));
  const [word, ...others] = tokenTexts(prefix);
  return word === prefix && others.length === 0 ? `${quoted(form.word(word))} *` : undefined;
}

/** Requires every part that narrows. */
function all(parts: readonly (string | undefined)[]): string | undefined {
  const narrowing = parts.filter((part) => part !== undefined);
  return narrowing.length === 0 ? undefined : group(narrowing, ' AND ');
}

/** Requires one of the parts. If one part does not narrow, the whole does not. */
function any(parts: readonly (string | undefined)[]): string | undefined {
  const narrowing = parts.filter((part) => part !== undefined);
  return narrowing.length === 0 || narrowing.length < parts.length ? undefined : group(narrowing, ' OR ');
}

function group(parts: readonly string[], operator: string): string {
  return parts.length === 1 ? parts[0]! : `(${parts.join(operator)})`;
}

function quoted(token: string): string {
  return `"${token}"`;
}
