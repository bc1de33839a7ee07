/**
 * Prepares a document for one `flattened` field. Elasticsearch refuses the whole document for any of these: a key with NUL, objects nested
 * more than 20 deep, a path and value of more than 32,766 bytes together. Such parts are replaced here, so that no event is refused.
 */
import type { JsonObject, JsonValue } from '../../event/event.ts';

/** Objects and arrays below this depth are replaced by their JSON text. */
export const DEPTH_LIMIT = 18;

/**
 * Maximum bytes of a path. A value has at most 8,191 characters (`ignore_above`), which are at most 24,573 bytes. Both together stay below
 * 32,766.
 */
const PATH_LIMIT = 7_500;

/** A path is short enough if none of its keys has more bytes. */
export const KEY_BYTES_MAX = Math.floor(PATH_LIMIT / DEPTH_LIMIT) - 1;

/** Characters that are kept of a key that would make its path too long. */
const KEY_REST = 100;

export interface Flattened {
  readonly json: string;
  /** True if the JSON differs from the JSON of the document. */
  readonly altered: boolean;
}

export function flattened(document: JsonObject): Flattened {
  if (fits(document, 1, 0, bytesMax) || fits(document, 1, 0, exactBytes))
    return { json: JSON.stringify(document), altered: false };
  return { json: JSON.stringify(fitted(document, 1, 0)), altered: true };
}

/** Returns the JSON of a value, undefined if it is nested deeper than the stack allows. */
export function jsonText(value: JsonValue): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** A bound of the bytes of a text. Nearly every document is so far below the limits that no key needs to be measured. */
const bytesMax = (text: string): number => 3 * text.length;
const exactBytes = (text: string): number => Buffer.byteLength(text);

function fits(value: JsonValue, depth: number, pathBytes: number, bytesOf: (key: string) => number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEPTH_LIMIT) return false;
  if (isArray(value)) return value.every((element) => fits(element, depth + 1, pathBytes, bytesOf));
  for (const key of Object.keys(value)) {
    const bytes = pathBytes + 1 + bytesOf(key);
    if (bytes > PATH_LIMIT || key.includes('\0')) return false;
    if (!fits(value[key]!, depth + 1, bytes, bytesOf)) return false;
  }
  return true;
}

function fitted(value: JsonValue, depth: number, pathBytes: number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_LIMIT) return jsonText(value) ?? '(nested too deeply)';
  if (isArray(value)) return value.map((element) => fitted(element, depth + 1, pathBytes));
  // In an object without a prototype, `__proto__` is a key like any other.
  const object = Object.create(null) as Record<string, JsonValue>;
  for (const [original, inner] of Object.entries(value)) {
    const key = original.replaceAll('\0', '\ufffd');
    const bytes = pathBytes + 1 + Buffer.byteLength(key);
    if (bytes <= PATH_LIMIT) object[key] = fitted(inner, depth + 1, bytes);
    else object[`${key.slice(0, KEY_REST)}…`] = jsonText({ [original]: inner }) ?? '(nested too deeply)';
  }
  return object;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
