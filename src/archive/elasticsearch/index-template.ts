/** The index template of the archive, made from the declared fields: what rules and Kibana call things, with their types. */
import { z } from 'zod';
import type { Field, Schema } from '../../event/event.ts';
import { FixableError } from '../../event/fixable-error.ts';

const DATE_FORMAT = 'strict_date_optional_time||epoch_millis';

/** As `fieldValue` has it: a longer keyword is missing. */
const IGNORE_ABOVE = 8191;

type Mapping = Readonly<Record<string, unknown>>;

export interface IndexTemplate {
  readonly index_patterns: readonly string[];
  readonly priority: number;
  readonly template: {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly mappings: {
      readonly dynamic: false;
      readonly subobjects: false;
      readonly properties: Readonly<Record<string, Mapping>>;
    };
  };
}

/** Indices of the archive: the daily ones (of the years 2000 to 2999) and the one for events without a credible day. */
export function indexPatterns(index: string): string[] {
  return [`${index}-2*`, `${index}-undated`];
}

/**
 * Template for `<index>-yyyy.MM.dd` and `<index>-undated`. Fields stand under their declared names, the whole document under `raw`
 * (flattened), what Tocsin knows of the event under `tocsin.*`. Throws FixableError for a field that takes one of these names.
 */
export function indexTemplate(schema: Schema, index: string): IndexTemplate {
  return {
    index_patterns: indexPatterns(index),
    // Above the templates that come with Elasticsearch (100 to 200); of two prefixes the longer one is meant.
    priority: 500 + index.length,
    template: {
      settings: { 'index.codec': 'best_compression', ...defaultField(schema) },
      mappings: { dynamic: false, subobjects: false, properties: properties(schema) },
    },
  };
}

/** The setting that makes an unfielded value mean the same in Kibana as in a rule. */
export function defaultField(schema: Schema): Readonly<Record<string, unknown>> {
  const names = schema.searchFields.map((field) => field.name);
  return names.length === 0 ? {} : { 'index.query.default_field': names };
}

function properties(schema: Schema): Readonly<Record<string, Mapping>> {
  const declared = schema.fields.map((field): [string, Mapping] => {
    refuseReserved(field);
    return [field.name, mappingOf(field)];
  });
  return { ...Object.fromEntries(declared), ...own };
}

/** What the archive adds to the declared fields. */
const own: Readonly<Record<string, Mapping>> = {
  '@timestamp': { type: 'date', format: DATE_FORMAT },
  raw: { type: 'flattened', ignore_above: IGNORE_ABOVE },
  'tocsin.source': { type: 'keyword' },
  'tocsin.partition': { type: 'integer' },
  'tocsin.offset': { type: 'long' },
  'tocsin.timeliness': { type: 'keyword' },
  'tocsin.time_inferred': { type: 'boolean' },
  'tocsin.undecodable': { type: 'keyword', ignore_above: IGNORE_ABOVE },
  // Kept to be given back, never searched.
  'tocsin.line': { type: 'text', index: false },
  'tocsin.document': { type: 'text', index: false },
};

/** What a mapping must have to be the archive's: without these, documents would be refused or not be found. */
const MARK = ['@timestamp', 'raw', 'tocsin.source'] as const;

/** As much of a mapping as is looked at. */
export const seenMapping = z.object({
  dynamic: z.unknown().optional(),
  subobjects: z.unknown().optional(),
  properties: z
    .record(z.string(), z.object({ type: z.string().optional(), ignore_malformed: z.unknown().optional() }))
    .optional(),
});
type SeenMapping = z.infer<typeof seenMapping>;

/** What makes a mapping another one than the archive's, in words; empty where it is the archive's, of whatever schema. */
export function foreignParts({
  dynamic,
  subobjects,
  properties: found = {},
}: SeenMapping): readonly string[] {
  const parts: string[] = [];
  for (const [name, { type }] of Object.entries(own)) {
    const is = found[name]?.type;
    if (is === undefined && !MARK.some((needed) => needed === name)) continue;
    if (is !== type)
      parts.push(is === undefined ? `${name} is missing` : `${name} is ${is}, not ${String(type)}`);
  }
  if (String(dynamic) !== 'false') parts.push('it takes up fields by itself (dynamic)');
  if (subobjects !== false) parts.push('it makes objects of dotted names (subobjects)');
  return parts;
}

/** Types that take every text and number. */
const LENIENT: readonly unknown[] = ['keyword', 'text', 'wildcard', 'match_only_text'];

/** Fields of the schema that have another type in a mapping, one that refuses documents for values that do not fit; in words. */
export function refusingFields(schema: Schema, { properties: found = {} }: SeenMapping): readonly string[] {
  return schema.fields.flatMap(({ name, type }) => {
    const is = found[name];
    if (is === undefined || is.type === type || LENIENT.includes(is.type)) return [];
    if (String(is.ignore_malformed) === 'true') return [];
    return [`${name} is ${is.type ?? 'an object'}, not ${type}`];
  });
}

/** Fields that are not in a mapping, as they should be in it. */
export function missingFields(
  schema: Schema,
  { properties: found = {} }: SeenMapping,
): Readonly<Record<string, Mapping>> {
  return Object.fromEntries(Object.entries(properties(schema)).filter(([name]) => found[name] === undefined));
}

/** Fields that have another type in a mapping than they are declared with. */
export function changedFields(schema: Schema, { properties: found = {} }: SeenMapping): readonly string[] {
  return Object.entries(properties(schema))
    .filter(([name, { type }]) => (found[name] ?? { type }).type !== type)
    .map(([name]) => name);
}

function mappingOf(field: Field): Mapping {
  switch (field.type) {
    case 'keyword':
      return { type: 'keyword', ignore_above: IGNORE_ABOVE };
    case 'text':
      return { type: 'text' };
    case 'long':
    case 'double':
      return { type: field.type, ignore_malformed: true };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'date', format: DATE_FORMAT, ignore_malformed: true };
  }
}

/** A declared @timestamp is the event's time whatever it says; it may be declared as a date. */
function refuseReserved({ name, type }: Field): void {
  const fine = name === '@timestamp' ? type === 'date' : name !== 'raw' && !/^tocsin(\.|$)/.test(name);
  if (fine) return;
  throw new FixableError(
    'archive',
    `the field ${name} has a name that the archive uses itself (@timestamp, raw, tocsin.*)`,
    `give the field another name in tocsin.yaml, with path: ${name}`,
  );
}
