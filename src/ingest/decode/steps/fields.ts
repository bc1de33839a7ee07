/** Reads and changes the values at a path of a document that a decoder makes, by the same paths as `pathReader` (event/field-path.ts). */
import { isOrigin } from '../../../config/decode/origins.ts';
import type { LineOrigin } from '../../../event/batch.ts';
import type { JsonObject, JsonValue } from '../../../event/event.ts';
import { pathReader } from '../../../event/field-path.ts';
import { put, type Draft } from '../line-decoder.ts';

/** Returns a function that returns the first text or number at the path, as a text; or where the line came from, by a name for that. */
export function textReader(path: string): (document: JsonObject, origin: LineOrigin) => string | undefined {
  if (isOrigin(path)) return (_document, origin) => origin[path];
  const read = pathReader(path);
  return (document) => {
    let found: string | undefined;
    read(document, (leaf) => {
      if (typeof leaf === 'string' || typeof leaf === 'number') found ??= String(leaf);
    });
    return found;
  };
}

/** Changes a value; undefined takes it away. */
export type ValueChange = (value: JsonValue) => JsonValue | undefined;

/** Returns a function that changes every value at the path, inside of arrays too. */
export function changer(path: string): (document: Draft, change: ValueChange) => void {
  const keys = path.split('.');
  return (document, change) => {
    changeAt(document, keys, 0, change);
  };
}

function changeAt(node: Draft, keys: readonly string[], from: number, change: ValueChange): void {
  let key = '';
  for (let to = from; to < keys.length; to += 1) {
    key = to === from ? keys[to]! : `${key}.${keys[to]!}`;
    if (!Object.hasOwn(node, key)) continue;
    if (to === keys.length - 1) changeKey(node, key, change);
    else for (const inner of objectsIn(node[key]!)) changeAt(inner, keys, to + 1, change);
  }
}

function changeKey(node: Draft, key: string, change: ValueChange): void {
  const value = changed(node[key]!, change);
  if (value === undefined) Reflect.deleteProperty(node, key);
  else put(node, key, value);
}

/** Changes each element of an array. An array without elements left is taken away. */
function changed(value: JsonValue, change: ValueChange): JsonValue | undefined {
  if (!Array.isArray(value)) return change(value);
  const elements = value.flatMap((element: JsonValue) => {
    const made = Array.isArray(element) ? element : change(element);
    return made === undefined ? [] : [made];
  });
  return elements.length === 0 && value.length > 0 ? undefined : elements;
}

function objectsIn(value: JsonValue): readonly Draft[] {
  const elements = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  return elements.filter(
    (element): element is Draft => typeof element === 'object' && element !== null && !Array.isArray(element),
  );
}

/** Changes every text of a document, in objects and arrays too, without recursion: no depth can overflow the stack. */
export function changeTexts(document: Draft, change: (text: string) => string): void {
  const open: (Draft | JsonValue[])[] = [document];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'string') {
        const text = change(value);
        if (text !== value) put(node as Draft, key, text);
      } else if (typeof value === 'object' && value !== null) open.push(value as Draft);
    }
  }
}
