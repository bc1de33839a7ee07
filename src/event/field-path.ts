/**
 * Finds the leaves of a document at a path. A dotted key matches flat (`"log.level": …`), nested (`"log": {"level": …}`) and everything
 * between. A path goes through arrays of objects. Only own properties count. No depth of the document can overflow the stack.
 */
import type { Field, JsonObject, JsonValue } from './event.ts';

/** Returns the paths at which the values of a field are looked for: its name, if the configuration gives none. */
export function pathsOf({ name, paths }: Field): readonly string[] {
  return paths.length === 0 ? [name] : paths;
}

/** Calls `visit` with each value at the path, arrays flattened, in the order of the document's arrays. */
export type PathReader = (document: JsonObject, visit: (leaf: JsonValue) => void) => void;

export function pathReader(path: string): PathReader {
  if (!path.includes('.')) {
    return (document, visit) => {
      if (Object.hasOwn(document, path)) eachElement(document[path]!, visit);
    };
  }
  const keys = path.split('.');
  return (document, visit) => walk(document, keys, 0, visit);
}

function walk(
  node: JsonObject,
  keys: readonly string[],
  from: number,
  visit: (leaf: JsonValue) => void,
): void {
  let key = '';
  for (let to = from; to < keys.length; to += 1) {
    key = to === from ? keys[to]! : `${key}.${keys[to]!}`;
    if (!Object.hasOwn(node, key)) continue;
    const found = node[key]!;
    if (to === keys.length - 1) eachElement(found, visit);
    else
      eachElement(found, (element) => {
        if (isObject(element)) walk(element, keys, to + 1, visit);
      });
  }
}

/** Visits every element of a value, with nested arrays flattened. A value that is no array is its own element. */
function eachElement(value: JsonValue, visit: (element: JsonValue) => void): void {
  if (!isArray(value)) {
    visit(value);
    return;
  }
  const open: { readonly array: readonly JsonValue[]; next: number }[] = [{ array: value, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.array.length) {
      open.pop();
      continue;
    }
    const element = top.array[top.next]!;
    top.next += 1;
    if (isArray(element)) open.push({ array: element, next: 0 });
    else visit(element);
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
