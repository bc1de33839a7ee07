/** Converts an event to the document that Elasticsearch stores, and back. The line and the decoded document can always be restored. */
import { z } from 'zod';
import { understoodJson } from '../../event/answer.ts';
import type { Field, JsonObject, LogEvent, Schema, Value } from '../../event/event.ts';
import { typedValues } from '../../event/field-value.ts';
import type { SearchHit } from '../archive.ts';
import { flattened, jsonText } from './flattened.ts';

/** Longest reason that is kept for an undecodable line, in characters. */
const REASON_LIMIT = 1_000;

/** Returns the document of an event as JSON text. */
export function documentSource(event: LogEvent, schema: Schema): string {
  const { position, timeInferred, undecodable } = event;
  const raw = flattened(event.document);
  const fields = {
    ...typedFields(event, schema),
    '@timestamp': dateText(event.timeMs),
    'tocsin.source': position.source,
    'tocsin.partition': position.partition,
    'tocsin.offset': position.offset,
    'tocsin.timeliness': event.timeliness,
    ...(timeInferred && { 'tocsin.time_inferred': true }),
    ...(undecodable !== undefined && { 'tocsin.undecodable': undecodable.slice(0, REASON_LIMIT) }),
    ...original(event, raw.json, raw.altered),
  };
  return `${JSON.stringify(fields).slice(0, -1)},"raw":${raw.json}}`;
}

/**
 * Returns the parts that `raw` alone would lose: a line that differs from the JSON of its document, and a document that had to be altered.
 */
function original(event: LogEvent, raw: string, altered: boolean): Record<string, string> {
  if (!altered) return raw === event.line ? {} : { 'tocsin.line': event.line };
  const document = jsonText(event.document);
  // A document that is nested too deeply has no JSON text. The line alone then has everything.
  return { 'tocsin.line': event.line, ...(document !== undefined && { 'tocsin.document': document }) };
}

function typedFields(event: LogEvent, schema: Schema): Record<string, unknown> {
  const typed: Record<string, unknown> = typedValues(event, schema);
  for (const field of schema.fields) {
    const values = typed[field.name] as readonly Value[] | undefined;
    if (values !== undefined) typed[field.name] = storedValue(field, values);
  }
  return typed;
}

/** Returns the values of a field as the document has them: alone or in a list. */
export function storedValue(field: Field, values: readonly Value[]): unknown {
  const stored = field.type === 'date' ? values.map((ms) => dateText(Number(ms))) : values;
  return stored.length === 1 ? stored[0] : stored;
}

const FIRST_ISO_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_ISO_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Returns ISO 8601 for the years 1 to 9999, and milliseconds since epoch for all others. Elasticsearch reads both. */
export function dateText(ms: number): string | number {
  return ms >= FIRST_ISO_MS && ms <= LAST_ISO_MS ? new Date(ms).toISOString() : ms;
}

/** The object is not copied: a copy would lose the key `__proto__`, which a log line may hold. */
const anyObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const time = z.union([z.number(), z.string().refine((text) => !Number.isNaN(Date.parse(text)))]);

/** A document as a search returns it. */
export const foundDocument = z.object({
  _id: z.string(),
  _source: z.object({
    '@timestamp': time,
    raw: anyObject,
    'tocsin.source': z.string(),
    'tocsin.timeliness': z.enum(['in_time', 'too_late', 'future']).optional(),
    'tocsin.line': z.string().optional(),
    'tocsin.document': z.string().optional(),
  }),
});

/** Converts a found document to a hit. Throws Nonsense if `tocsin.document` is not the JSON of an object. */
export function searchHit({ _id, _source }: z.infer<typeof foundDocument>): SearchHit {
  const { '@timestamp': time, raw, 'tocsin.document': kept } = _source;
  return {
    id: _id,
    timeMs: typeof time === 'number' ? time : Date.parse(time),
    timeliness: _source['tocsin.timeliness'] ?? 'in_time',
    source: _source['tocsin.source'],
    document: kept === undefined ? raw : understoodJson(anyObject, kept),
    line: _source['tocsin.line'] ?? JSON.stringify(raw),
  };
}
