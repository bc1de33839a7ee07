/**
 * Compiles conditions to predicates on events. They mean exactly what the same words mean in Elasticsearch: text by phrase, keyword by
 * whole value, any element of an array, NOT also if the field is missing. The queries to the archive are held to the same meaning.
 */
import { lowerCase, tokenTexts } from '../event/analysis/analyze.ts';
import type { Field, LogEvent, Schema } from '../event/event.ts';
import { literalValue, normaliseText } from '../event/field-value.ts';
import type { CompareOp, Condition, FieldName, Literal } from '../rule/ast.ts';
import { createEventView } from './event-view.ts';
import type { EventView } from './event-view.ts';

export type Predicate = (view: EventView) => boolean;

/** Compiles a condition to a predicate on an event. Throws if the condition names an undeclared field; checked conditions never do. */
export function compileCondition(condition: Condition, schema: Schema): (event: LogEvent) => boolean {
  const holds = compilePredicate(condition, schema);
  const view = createEventView();
  return (event) => {
    view.look(event);
    return holds(view);
  };
}

/** Compiles a condition to a predicate on a view, for conditions that look at the same events together. */
export function compilePredicate(condition: Condition, schema: Schema): Predicate {
  switch (condition.kind) {
    case 'and':
      return every(condition.operands.map((operand) => compilePredicate(operand, schema)));
    case 'or':
      return some(condition.operands.map((operand) => compilePredicate(operand, schema)));
    case 'not': {
      const operand = compilePredicate(condition.operand, schema);
      return (view) => !operand(view);
    }
    case 'value':
      return some(schema.searchFields.map((field) => leafPredicate(field, condition.value)));
    case 'field': {
      const field = declared(condition.field, schema);
      return some(condition.values.map((value) => leafPredicate(field, value)));
    }
    case 'exists': {
      const field = declared(condition.field, schema);
      return (view) => view.values(field).length > 0;
    }
    case 'compare':
      return comparison(declared(condition.field, schema), condition.op, condition.value);
  }
}

export function declared({ name }: FieldName, schema: Schema): Field {
  const field = schema.byName.get(name);
  if (field === undefined) throw new RangeError(`field ${name} is not declared`);
  return field;
}

/** Returns the tokens of a phrase, as the analysed text of the field would hold them. */
export function phraseTokens(field: Field, text: string): readonly string[] {
  return tokenTexts(normaliseText(field, text));
}

/** Returns a prefix as it is compared: in lower case on text fields, whose tokens are in lower case. */
function prefixText(field: Field, text: string): string {
  const normalised = normaliseText(field, text);
  return field.type === 'text' ? lowerCase(normalised) : normalised;
}

const every = (predicates: readonly Predicate[]): Predicate => {
  if (predicates.length === 1) return predicates[0]!;
  return (view) => predicates.every((holds) => holds(view));
};

const some = (predicates: readonly Predicate[]): Predicate => {
  if (predicates.length === 1) return predicates[0]!;
  return (view) => predicates.some((holds) => holds(view));
};

/** Compiles the condition that a field has a value, or holds a phrase. */
export function leafPredicate(field: Field, literal: Literal): Predicate {
  if (literal.kind === 'prefix') return prefix(field, prefixText(field, literal.text));
  if (field.type === 'text') return phrase(field, phraseTokens(field, literal.text));
  const wanted = literalValue(field, literal.text);
  if (wanted === undefined) return () => false;
  return (view) => view.values(field).includes(wanted);
}

function prefix(field: Field, start: string): Predicate {
  if (field.type === 'text') {
    return (view) => view.tokens(field).some((tokens) => tokens.some((token) => token.startsWith(start)));
  }
  if (field.type !== 'keyword') return () => false;
  return (view) => view.values(field).some((value) => typeof value === 'string' && value.startsWith(start));
}

function phrase(field: Field, wanted: readonly string[]): Predicate {
  const [first, ...rest] = wanted;
  if (first === undefined) return () => false;
  if (rest.length === 0) return (view) => view.tokens(field).some((tokens) => tokens.includes(first));
  return (view) => view.tokens(field).some((tokens) => holdsPhrase(tokens, first, rest));
}

function holdsPhrase(tokens: readonly string[], first: string, rest: readonly string[]): boolean {
  for (let at = tokens.indexOf(first); at >= 0; at = tokens.indexOf(first, at + 1)) {
    if (rest.every((token, i) => tokens[at + 1 + i] === token)) return true;
  }
  return false;
}

const compare: Readonly<Record<CompareOp, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** Compiles a comparison of numbers and dates. A long may be compared with a fraction. */
function comparison(field: Field, op: CompareOp, literal: Literal): Predicate {
  const limit = literalValue(field.type === 'long' ? { ...field, type: 'double' } : field, literal.text);
  if (typeof limit !== 'number') return () => false;
  return (view) => view.values(field).some((value) => typeof value === 'number' && compare[op](value, limit));
}
