/** Decodes lines that are JSON objects. The byte order mark must be gone already. */
import type { JsonObject, JsonValue } from '../../event/event.ts';
import type { DecodedLine } from './line-decoder.ts';

export function decodeJson(line: string): DecodedLine | string {
  let value: JsonValue;
  try {
    value = JSON.parse(line) as JsonValue;
  } catch {
    return line.trim() === '' ? 'the line is empty' : 'not valid JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  return { document: value as JsonObject, json: true };
}
