/**
 * An event: one decoded log line. Field values are looked up through `fieldValue` (field-value.ts), the one definition of
 * what a field holds; nothing else may read the document for a rule, an archive or a group.
 */

export type FieldType = 'keyword' | 'text' | 'long' | 'double' | 'boolean' | 'date';

/** A field as the configuration declares it. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Paths into the document, each a list of keys; the first path with a value wins. A dotted key matches flat or nested. */
  readonly paths: readonly string[];
  readonly normalise?: 'upper' | 'lower';
}

/** The declared fields in order, with their names looked up, and the fields an unfielded value is looked up in. */
export interface Schema {
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  readonly searchFields: readonly Field[];
}

/** What a field holds: strings for keyword and text, numbers for long, double and date (ms since epoch), booleans. */
export type Value = string | number | boolean;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** The place of an event: the tie-break of events of equal time is (source by name, partition, offset). */
export interface EventPosition {
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
}

/** How an event's time stands to the watermark of its partition as it stood before the event. */
export type Timeliness = 'in_time' | 'too_late' | 'future';

/** One decoded line. */
export interface LogEvent {
  readonly position: EventPosition;
  /** Event time, ms since epoch. */
  readonly timeMs: number;
  /** The line had no usable time: `timeMs` is of its record, of the event before it, or when it arrived. */
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  /** Why the line could not be decoded; the document then holds `message` alone. */
  readonly undecodable?: string;
  /** The line as text, invalid UTF-8 replaced by U+FFFD. */
  readonly line: string;
  readonly document: JsonObject;
  /** Values of a declared field, in order, empty when missing. */
  values(field: Field): readonly Value[];
}

/** A name for a position in messages and as an id: `source/partition/offset`. */
export function positionText(position: EventPosition): string {
  return `${position.source}/${position.partition}/${position.offset}`;
}

/** Order of events of the same time. */
export function comparePositions(a: EventPosition, b: EventPosition): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.partition - b.partition || a.offset - b.offset;
}
