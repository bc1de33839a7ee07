/**
 * An event: one decoded log line. Field values are looked up through `fieldValue` (field-value.ts), the only definition of the values of a
 * field. No other code may read the document for a rule, an archive or a group.
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

/** The declared fields in order, a look-up of them by name, and the fields in which a value without a field is searched. */
export interface Schema {
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  readonly searchFields: readonly Field[];
}

/** A value of a field: strings for keyword and text, numbers for long, double and date (ms since epoch), booleans. */
export type Value = string | number | boolean;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** The position of an event. Events of equal time are ordered by (source by name, partition, offset). */
export interface EventPosition {
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
}

/** The time of an event compared with the watermark that its partition had before the event. */
export type Timeliness = 'in_time' | 'too_late' | 'future';

/** One decoded line. */
export interface LogEvent {
  readonly position: EventPosition;
  /** Event time, ms since epoch. */
  readonly timeMs: number;
  /** True if the line had no usable time. `timeMs` is then the time of its record, of the event before it, or of its arrival. */
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  /** Why the line could not be decoded. The document then holds only `message`. */
  readonly undecodable?: string | undefined;
  /** The line as text, with invalid UTF-8 replaced by U+FFFD. */
  readonly line: string;
  readonly document: JsonObject;
  /** The line, if it is known without a look at the document that this is the JSON of the line and nothing else. */
  readonly soundJson?: string | undefined;
  /** Returns the values of a declared field, in order; empty if the field is missing. */
  values(field: Field): readonly Value[];
  /** Returns text and values for later, without the batch that the event came in. Absent: the event itself holds no more than these. */
  alone?(): Pick<LogEvent, 'line' | 'values'>;
}

/** Returns the name of a position, for messages and as an id: `source/partition/offset`. */
export function positionText(position: EventPosition): string {
  return `${position.source}/${position.partition}/${position.offset}`;
}

/** Compares the positions of events of the same time. */
export function comparePositions(a: EventPosition, b: EventPosition): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.partition - b.partition || a.offset - b.offset;
}
