/** The values of a document by their paths, for people who look at what a line has. */
import type { JsonObject, JsonValue } from './event.ts';

/** Deeper values are shown as JSON. */
const DEPTH_MAX = 5;

/** Yields the values that are no objects, with their dotted paths, in order; at most `max`. */
export function* documentLeaves(
  document: JsonObject,
  max: number,
): Generator<readonly [path: string, value: JsonValue]> {
  let left = max;
  function* within(node: JsonObject, before: string, depth: number): Generator<readonly [string, JsonValue]> {
    for (const [key, value] of Object.entries(node)) {
      if (left <= 0) return;
      const path = before === '' ? key : `${before}.${key}`;
      if (isObject(value) && depth < DEPTH_MAX) yield* within(value, path, depth + 1);
      else {
        left -= 1;
        yield [path, value];
      }
    }
  }
  yield* within(document, '', 1);
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
