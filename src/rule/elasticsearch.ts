/**
 * A condition as an Elasticsearch query over the typed fields. It selects the documents that the streaming matcher matches. The behaviour
 * of Elasticsearch was measured for each leaf (for example, its `prefix` is not lower-cased on text). Nothing here may rely on a parser of
 * Elasticsearch, such as query_string.
 */
import { tokenTexts } from '../event/analysis/analyze.ts';
import type { Field, Schema } from '../event/event.ts';
import { dateMs, normaliseText } from '../event/field-value.ts';
import type { CompareOp, Condition, Literal } from './ast.ts';

export type Query = Readonly<Record<string, unknown>>;

const FOUR_DIGITS = /^\d{4}-/;
const DATE_FORMAT = 'strict_date_time||epoch_millis';
const RANGE: Readonly<Record<CompareOp, string>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

/** Returns the Query DSL of a checked condition. Throws for an undeclared field, which the checks refuse. */
export function toElasticsearch(condition: Condition, schema: Schema): Query {
  switch (condition.kind) {
    case 'and':
      return { bool: { filter: condition.operands.map((operand) => toElasticsearch(operand, schema)) } };
    case 'or':
      return anyOf(condition.operands.map((operand) => toElasticsearch(operand, schema)));
    case 'not':
      return { bool: { must_not: [toElasticsearch(condition.operand, schema)] } };
    case 'value':
      return unfielded(condition.value, schema);
    case 'field': {
      const field = declared(condition.field.name, schema);
      return anyOf(condition.values.map((value) => fieldQuery(field, value)));
    }
    case 'exists':
      return { exists: { field: declared(condition.field.name, schema).name } };
    case 'compare': {
      const field = declared(condition.field.name, schema);
      return range(field, { [RANGE[condition.op]]: bound(field, condition.value) });
    }
  }
}

/** Returns the declared field of that name. */
export function declared(name: string, schema: Schema): Field {
  const field = schema.byName.get(name);
  if (field === undefined) throw new Error(`${name} is not a declared field: the condition was not checked`);
  return field;
}

/** Returns the texts that a value stands for. Each comes with the fields in which it is looked up; these differ by normalisation. */
function searchedTexts(value: Literal, schema: Schema): ReadonlyMap<string, readonly Field[]> {
  const byText = new Map<string, Field[]>();
  for (const field of schema.searchFields) {
    const text = normaliseText(field, value.text);
    const fields = byText.get(text);
    if (fields === undefined) byText.set(text, [field]);
    else fields.push(field);
  }
  return byText;
}

/** Returns a prefix as the index has it: text fields hold lower-cased tokens, keyword fields the value as written. */
export function indexedPrefix(field: Field, value: Literal): string {
  const text = normaliseText(field, value.text);
  return field.type === 'text' ? (tokenTexts(text)[0] ?? text) : text;
}

/** Returns a date of a rule in UTC with milliseconds. A date outside the years of four digits is given in milliseconds since epoch. */
export function dateText(value: Literal): string {
  const ms = dateMs(value.text);
  if (ms === undefined) throw new Error(`${value.text} is not a date: the condition was not checked`);
  const iso = new Date(ms).toISOString();
  return FOUR_DIGITS.test(iso) ? iso : String(ms);
}

function unfielded(value: Literal, schema: Schema): Query {
  if (value.kind === 'prefix') return anyOf(schema.searchFields.map((field) => fieldQuery(field, value)));
  return anyOf(
    [...searchedTexts(value, schema)].map(([text, fields]) => ({
      multi_match: { query: text, type: 'phrase', fields: fields.map(({ name }) => name), lenient: true },
    })),
  );
}

function fieldQuery(field: Field, value: Literal): Query {
  if (value.kind === 'prefix') return { prefix: { [field.name]: { value: indexedPrefix(field, value) } } };
  switch (field.type) {
    case 'text':
      return { match_phrase: { [field.name]: normaliseText(field, value.text) } };
    case 'keyword':
      return { term: { [field.name]: { value: normaliseText(field, value.text) } } };
    case 'long':
    case 'double':
      return { term: { [field.name]: { value: Number(value.text) } } };
    case 'boolean':
      return { term: { [field.name]: { value: value.text === 'true' } } };
    case 'date':
      return range(field, { gte: dateText(value), lte: dateText(value) });
  }
}

function bound(field: Field, value: Literal): string | number {
  return field.type === 'date' ? dateText(value) : Number(value.text);
}

function range(field: Field, bounds: Readonly<Record<string, string | number>>): Query {
  const format = field.type === 'date' ? { format: DATE_FORMAT } : {};
  return { range: { [field.name]: { ...bounds, ...format } } };
}

function anyOf(queries: readonly Query[]): Query {
  return queries.length === 1 ? queries[0]! : { bool: { should: queries, minimum_should_match: 1 } };
}
