/** Lines of JSON objects. */
import type { JsonObject, JsonValue } from '../../event/event.ts';
import type { DecodedLine } from './line-decoder.ts';

const BYTE_ORDER_MARK = '\ufeff';

export function decodeJson(line: string): DecodedLine | string {
  let value: JsonValue;
  try {
    value = JSON.parse(line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line) as JsonValue;
  } catch {
    return line.trim() === '' ? 'the line is empty' : 'not valid JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  return { document: value as JsonObject, json: true };
}
