/**
 * Takes a line apart into records, for `each`: a batch of OpenTelemetry, a subscription of CloudWatch, an array. Each record is written as
 * JSON of its own, with the keys of the document around it, and is a line to all that follows.
 */
import type { EachStep, LineStep, StepConfig } from '../../config/decode/steps.ts';
import type { DecodeConfig } from '../../config/config.ts';
import { isDeep } from '../../event/depth.ts';
import type { JsonObject, JsonValue } from '../../event/event.ts';
import { parseToExactValues } from '../../event/number-text.ts';
import type { LineDecoder } from './line-decoder.ts';
import { compileSteps, isPlainJson, isTextStep } from './steps/compile.ts';
import { textReader } from './steps/fields.ts';
import type { TextParser } from './steps/step.ts';
import { parserFor } from './steps/texts.ts';

/** Records that stand in one array. */
export interface RecordGroup {
  /** The keys of the documents around the array, the outermost first. */
  readonly outer: readonly JsonObject[];
  readonly elements: readonly JsonValue[];
}

/** Returns the records of a line, or in words why it cannot be taken apart. */
export type RecordReader = (line: string) => readonly RecordGroup[] | string;

/** The records of a line may be this large together, with the keys that join each of them. */
const GROWN_UNITS_MAX = 64 << 20;

/** Returns undefined where each line is one event. Throws RangeError for a pattern that cannot be used. */
export function recordReader(steps: readonly StepConfig[]): RecordReader | undefined {
  const at = steps.findIndex(isEach);
  if (at < 0) return undefined;
  const each = steps[at] as EachStep;
  const read = readerOf(each, steps.slice(0, at) as readonly LineStep[]);
  return (line) => {
    const groups = read(line);
    if (typeof groups === 'string') return groups;
    if (isDeep(partsOf(groups), line)) return 'its records are nested too deeply';
    return sizeOf(groups) + line.length > GROWN_UNITS_MAX
      ? `its records would be larger than ${GROWN_UNITS_MAX >> 20} MiB together`
      : groups;
  };
}

export const recordCount = (groups: readonly RecordGroup[]): number =>
  groups.reduce((sum, { elements }) => sum + elements.length, 0);

/** Yields the texts of the records in order, from the record `from` on. */
export function* recordTexts(groups: readonly RecordGroup[], from: number): Generator<string> {
  let at = 0;
  for (const { outer, elements } of groups) {
    const first = Math.max(0, from - at);
    at += elements.length;
    if (first >= elements.length) continue;
    const around = aroundOf(outer);
    for (let i = first; i < elements.length; i += 1) {
      const element = elements[i]!;
      yield isObject(element) ? joinedText(around, element) : JSON.stringify(element);
    }
  }
}

/** The keys that join each record of a group, and the members of JSON that are made of them, one by one and together. */
interface Around {
  readonly keys: JsonObject;
  readonly members: readonly (readonly [key: string, text: string])[];
  readonly text: string;
}

function aroundOf(outer: readonly JsonObject[]): Around {
  const keys = outer.reduce<JsonObject>((sum, inner) => ({ ...sum, ...inner }), {});
  const members = Object.entries(keys).map(
    ([key, value]) => [key, `${JSON.stringify(key)}:${JSON.stringify(value)}`] as const,
  );
  return { keys, members, text: members.map(([, text]) => text).join() };
}

/** Text is put together, since an object of thousands of keys takes long to copy for each record. */
function joinedText({ keys, members, text }: Around, element: JsonObject): string {
  const isShared = Object.keys(element).some((key) => Object.hasOwn(keys, key));
  const around = isShared
    ? members.flatMap(([key, member]) => (Object.hasOwn(element, key) ? [] : [member])).join()
    : text;
  const own = JSON.stringify(element);
  if (around === '') return own;
  return own === '{}' ? `{${around}}` : `{${around},${own.slice(1)}`;
}

/** Returns how the lines that are handed out are decoded: behind `each`, a line is the JSON of a record. */
export function recordDecoding(decode: DecodeConfig): DecodeConfig {
  const at = decode.steps.findIndex(isEach);
  if (at < 0) return decode;
  const behind = decode.steps.slice(at + 1) as readonly LineStep[];
  return { steps: [{ kind: 'json' }, ...behind.map(onMessage)] };
}

/** Makes one decoder of the steps of a source, for the lines that are handed out. Throws RangeError for a pattern that cannot be used. */
export function compileEvents(decode: DecodeConfig): LineDecoder {
  // The first step of a record is none of the list.
  const before = Math.max(0, decode.steps.findIndex(isEach));
  const decodeLine = compileSteps(recordDecoding(decode).steps as readonly LineStep[], before);
  const read = recordReader(decode.steps);
  if (read === undefined) return decodeLine;
  return (line, origin) => {
    const decoded = decodeLine(line, origin);
    return typeof decoded === 'object' || isObject(parsed(line)) ? decoded : reasonOf(line, read);
  };
}

/** Returns why a line is no record: it could not be taken apart, or it was an element that is no object. */
function reasonOf(line: string, read: RecordReader): string {
  const isWhole = isInBrackets(line) || parsed(line) === undefined;
  const reason = isWhole ? read(isInBrackets(line) ? line.slice(1, -1) : line) : [];
  return typeof reason === 'string' ? reason : 'an element that is no JSON object';
}

/**
 * Returns the text of a line that could not be taken apart: in brackets if it is an object, so that nobody takes it for a record. Undefined
 * if it stays as it is.
 */
export function keptWhole(line: string): string | undefined {
  return typeof parsers.json(line) === 'object' ? `[${line}]` : undefined;
}

const isInBrackets = (line: string): boolean => line.startsWith('[') && line.endsWith(']');

const isEach = ({ kind }: StepConfig): boolean => kind === 'each';

/** A record is like a text that was wrapped: the text that people wrote is its `message`. */
function onMessage(step: LineStep): LineStep {
  return isTextStep(step) || step.kind === 'kv' ? { ...step, field: step.field ?? 'message' } : step;
}

const parsers = { json: parserFor({ kind: 'json' }) };

function readerOf({ field, skip = {} }: EachStep, before: readonly LineStep[]): RecordReader {
  const skips = Object.entries(skip).map(([path, value]) => ({
    read: textReader(path),
    value: String(value),
  }));
  const isSkipped = (document: JsonObject): boolean =>
    skips.some(({ read, value }) => read(document, {}) === value);
  if (field === undefined && before.length === 0) return (line) => rootRecords(line, {});
  const documentOf = documentReader(before);
  const keys = field?.split('.');
  return (line) => {
    const document = documentOf(line);
    if (typeof document === 'string') return document;
    if (isSkipped(document)) return [];
    if (keys !== undefined) return new RecordSearch(keys).in(document);
    const { message, ...outer } = document;
    return typeof message === 'string' ? rootRecords(message, outer) : 'no text in message';
  };
}

/** Returns what makes the document of a line in which the array stands. Without a step that says how, the line is JSON. */
function documentReader(before: readonly LineStep[]): TextParser {
  if (before.length === 0 || isPlainJson(before)) return parsers.json;
  const decode = compileSteps(before);
  return (line) => {
    const decoded = decode(line);
    return typeof decoded === 'string' ? decoded : decoded.document;
  };
}

function rootRecords(text: string, outer: JsonObject): readonly RecordGroup[] | string {
  const elements = elementsOf(parsed(text));
  return typeof elements === 'string' ? elements : [{ outer: [outer], elements }];
}

/** Returns the elements of an array, or in words why there are none. An object stands for itself. */
function elementsOf(value: JsonValue | undefined): readonly JsonValue[] | string {
  if (value === null) return [];
  if (typeof value === 'string') return textElements(value);
  if (typeof value !== 'object') return 'not a JSON array';
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}

/** An array may stand in a text. */
function textElements(text: string): readonly JsonValue[] | string {
  const value = parsed(text);
  return typeof value === 'string' ? 'not a JSON array' : elementsOf(value);
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseToExactValues(text);
  } catch {
    return undefined;
  }
}

/** Looks for the arrays at a path, through arrays of objects, by the same paths as `pathReader` (event/field-path.ts). */
class RecordSearch {
  readonly #keys: readonly string[];
  readonly #groups: RecordGroup[] = [];
  #isFound = false;
  #wrong: string | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  in(document: JsonObject): readonly RecordGroup[] | string {
    this.#enter(document, 0, []);
    if (this.#wrong !== undefined) return this.#wrong;
    return this.#isFound ? this.#groups : `no array at ${this.#path}`;
  }

  get #path(): string {
    return this.#keys.join('.');
  }

  #enter(node: JsonObject, from: number, outer: readonly JsonObject[]): void {
    let key = '';
    for (let to = from; to < this.#keys.length; to += 1) {
      key = to === from ? this.#keys[to]! : `${key}.${this.#keys[to]!}`;
      if (!Object.hasOwn(node, key)) continue;
      const { [key]: value, ...rest } = node;
      const elements = elementsOf(value);
      if (typeof elements === 'string') this.#wrong = `${elements} at ${this.#path}`;
      else if (to === this.#keys.length - 1) this.#take([...outer, rest], elements);
      else this.#enterAll(elements, to + 1, [...outer, rest]);
    }
  }

  #take(outer: readonly JsonObject[], elements: readonly JsonValue[]): void {
    this.#isFound = true;
    this.#groups.push({ outer, elements });
  }

  #enterAll(elements: readonly JsonValue[], from: number, outer: readonly JsonObject[]): void {
    // An empty array on the way has no records, which is no mistake in the path.
    if (elements.length === 0) this.#isFound = true;
    for (const element of elements) {
      if (isObject(element)) this.#enter(element, from, outer);
      else this.#wrong = `a value that is no object on the way to ${this.#path}`;
    }
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns all values of the groups, each once. */
function partsOf(groups: readonly RecordGroup[]): readonly unknown[] {
  return [...new Set(groups.flatMap(({ outer }) => outer)), ...groups.map(({ elements }) => elements)];
}

/** Returns how large the keys are that join the records, in UTF-16 units. */
function sizeOf(groups: readonly RecordGroup[]): number {
  const sizes = new Map<JsonObject, number>();
  const sizeOfKeys = (keys: JsonObject): number => {
    const known = sizes.get(keys) ?? JSON.stringify(keys).length;
    sizes.set(keys, known);
    return known;
  };
  return groups.reduce(
    (sum, { outer, elements }) =>
      sum + elements.length * outer.reduce((of, keys) => of + sizeOfKeys(keys), 0),
    0,
  );
}
