/**
 * The index template of the archive. It is made from the declared fields, so that the names in rules and in Kibana are the same, and has
 * their types.
 */
import { z } from 'zod';
import type { Field, Schema } from '../../event/event.ts';
import { FixableError } from '../../event/fixable-error.ts';

const DATE_FORMAT = 'strict_date_optional_time||epoch_millis';

/** Same limit as in `fieldValue`: a longer keyword counts as missing. */
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

/**
 * Returns the patterns of the archive's indices: the daily ones of the years 2000 to 2999, and the one for events without a credible day.
 */
export function indexPatterns(index: string): string[] {
  return [`${index}-2*`, `${index}-undated`];
}

/**
 * Returns the template for `<index>-yyyy.MM.dd` and `<index>-undated`. The declared fields stand under their names. The whole document
 * stands under `raw` (flattened). Facts that Tocsin adds about the event stand under `tocsin.*`. Throws FixableError for a declared field
 * that uses one of these names.
 */
export function indexTemplate(schema: Schema, index: string): IndexTemplate {
  return {
    index_patterns: indexPatterns(index),
    // The priority is above the templates that come with Elasticsearch (100 to 200). If two templates match, the one with the longer prefix
    // wins.
    priority: 500 + index.length,
    template: {
      settings: { 'index.codec': 'best_compression', ...defaultField(schema) },
      mappings: { dynamic: false, subobjects: false, properties: properties(schema) },
    },
  };
}

/** Returns the setting that gives a value without a field the same meaning in Kibana as in a rule. */
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

/** Fields that the archive adds to the declared ones. */
const own: Readonly<Record<string, Mapping>> = {
  '@timestamp': { type: 'date', format: DATE_FORMAT },
  raw: { type: 'flattened', ignore_above: IGNORE_ABOVE },
  'tocsin.source': { type: 'keyword' },
  'tocsin.partition': { type: 'integer' },
  'tocsin.offset': { type: 'long' },
  'tocsin.timeliness': { type: 'keyword' },
  'tocsin.time_inferred': { type: 'boolean' },
  'tocsin.undecodable': { type: 'keyword', ignore_above: IGNORE_ABOVE },
  // These fields are stored to be returned; they are never searched.
  'tocsin.line': { type: 'text', index: false },
  'tocsin.document': { type: 'text', index: false },
};

/** Fields that a mapping must have to be the archive's. Without them documents would be refused or not be found. */
const MARK = ['@timestamp', 'raw', 'tocsin.source'] as const;

/** The part of a mapping that is checked. */
export const seenMapping = z.object({
  dynamic: z.unknown().optional(),
  subobjects: z.unknown().optional(),
  properties: z
    .record(z.string(), z.object({ type: z.string().optional(), ignore_malformed: z.unknown().optional() }))
    .optional(),
});
type SeenMapping = z.infer<typeof seenMapping>;

/** Returns in words how a mapping differs from the archive's. Empty if it is the archive's, for any schema. */
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

/**
 * Returns, in words, the fields of the schema that have another type in a mapping. Only types are listed that make Elasticsearch refuse a
 * document when the value does not fit.
 */
export function refusingFields(schema: Schema, { properties: found = {} }: SeenMapping): readonly string[] {
  return schema.fields.flatMap(({ name, type }) => {
    const is = found[name];
    if (is === undefined || is.type === type || LENIENT.includes(is.type)) return [];
    if (String(is.ignore_malformed) === 'true') return [];
    return [`${name} is ${is.type ?? 'an object'}, not ${type}`];
  });
}

/** Returns the fields that a mapping lacks, with the mapping that they should have. */
export function missingFields(
  schema: Schema,
  { properties: found = {} }: SeenMapping,
): Readonly<Record<string, Mapping>> {
  return Object.fromEntries(Object.entries(properties(schema)).filter(([name]) => found[name] === undefined));
}

/** Returns the fields whose type in a mapping differs from the declared type. */
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

/**
 * Throws for a declared field with a name of the archive's own. A declared `@timestamp` is allowed if it is a date; it always holds the
 * event's time.
 */
function refuseReserved({ name, type }: Field): void {
  const fine = name === '@timestamp' ? type === 'date' : name !== 'raw' && !/^tocsin(\.|$)/.test(name);
  if (fine) return;
  throw new FixableError(
    'archive',
    `the field ${name} has a name that the archive uses itself (@timestamp, raw, tocsin.*)`,
    `give the field another name in tocsin.yaml, with path: ${name}`,
  );
}
