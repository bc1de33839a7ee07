/**
 * Masking: what leaves is shown without card numbers, tokens and whatever else the configuration names. Rules, windows and groups see every
 * line as it is; only copies that go out are masked.
 */
import type { JsonValue, Value } from '../event.ts';
import { NumberText } from '../number-text.ts';
import { Pattern } from '../pattern.ts';
import { whole, type Slices } from '../slices.ts';
import { changes, type MaskKind } from './kinds.ts';
import { namesToken } from './tokens.ts';

export interface MaskOptions {
  readonly kinds: readonly MaskKind[];
  /** Own patterns by name: `[name]` stands for what they match. */
  readonly patterns: Readonly<Record<string, Pattern>>;
  /** Changes every text first: cuts out what is known to be secret, whatever it looks like. */
  readonly redact?: (text: string) => string;
}

export interface Mask {
  /** It hides something at all. */
  readonly hides: boolean;
  /** The text as it may be shown. `name`: of the field that holds it, which may say that all of it is secret. */
  readonly text: (text: string, name?: string) => string;
  /** A value; a number becomes a text where its digits are not to be seen. */
  readonly value: (value: Value, name?: string) => Value;
  /** The same of a text of any length, interruptible. */
  readonly longText: (text: string) => Slices<string>;
  /**
   * All keys, texts and numbers in a document, each by its key. A key that is then another's gets a number (`[email]~2`), so that no
   * value is lost. Gives the same object where nothing was masked.
   */
  readonly document: <T extends JsonValue>(document: T) => Slices<T>;
}

/** A pattern of the configuration; undefined where it cannot be used: one that matches nothing at all would mask nothing. */
export function maskPattern(text: string): Pattern | undefined {
  try {
    const pattern = new Pattern(text);
    return pattern.test('') ? undefined : pattern;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** No log line that means anything is deeper; what is below cannot be looked through. */
const DEPTH_MAX = 200;
const TOO_DEEP = '[too deep]';

export function createMask({ kinds, patterns, redact = asItIs }: MaskOptions): Mask {
  const own = Object.entries(patterns);
  const hasTokens = kinds.includes('tokens');
  const isToken = (name: string | undefined): boolean => hasTokens && name !== undefined && namesToken(name);

  function* longText(text: string): Slices<string> {
    let shown = redact(text);
    // An own pattern knows best what it is for.
    for (const [name, pattern] of own) {
      yield;
      shown = yield* pattern.replacing(shown, `[${name}]`);
    }
    for (const kind of kinds) shown = yield* changes[kind](shown);
    return shown;
  }

  function* document(value: JsonValue, key: string | undefined, depth = 0): Slices<JsonValue> {
    if (typeof value === 'boolean' || value === null) return value;
    if (isToken(key) && value !== '') return '[token]';
    const leaf = leafText(value);
    if (leaf !== undefined || typeof value !== 'object') {
      const shown = yield* longText(leaf ?? '');
      return shown === leaf ? value : shown;
    }
    if (depth > DEPTH_MAX) return TOO_DEEP;
    yield;
    if (isList(value)) {
      const list: JsonValue[] = [];
      for (const each of value) list.push(yield* document(each, key, depth + 1));
      return list.every((each, i) => each === value[i]) ? value : list;
    }
    const keys = Object.keys(value);
    const values: JsonValue[] = [];
    for (const name of keys) values.push(yield* document(value[name]!, name, depth + 1));
    const names = yield* shownKeys(keys, keyText);
    return names === keys && values.every((each, i) => each === value[keys[i]!])
      ? value
      : Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  }

  const keyText = remembering(longText);
  const text = (shown: string, name?: string): string =>
    isToken(name) && shown !== '' ? '[token]' : whole(longText(shown));
  return {
    hides: kinds.length + own.length > 0 || redact !== asItIs,
    text,
    value(value, name) {
      if (typeof value === 'boolean') return value;
      const before = String(value);
      const shown = text(before, name);
      return shown === before ? value : shown;
    },
    longText,
    document: <T extends JsonValue>(value: T) => document(value, undefined) as Slices<T>,
  };
}

const asItIs = (text: string): string => text;

/** The keys of one object as they may be shown, each another; the same list where nothing was masked. */
function* shownKeys(
  keys: readonly string[],
  keyText: (key: string) => Slices<string>,
): Slices<readonly string[]> {
  const shown: string[] = [];
  for (const key of keys) shown.push(yield* keyText(key));
  const taken = new Set(keys.filter((key, i) => key === shown[i]));
  if (taken.size === keys.length) return keys;
  const counts = new Map<string, number>();
  return shown.map((key, i) => {
    if (key === keys[i]) return key;
    let count = counts.get(key) ?? 0;
    let name: string;
    do {
      count += 1;
      name = count === 1 ? key : `${key}~${count}`;
    } while (taken.has(name));
    counts.set(key, count);
    taken.add(name);
    return name;
  });
}

const KEYS_MAX = 2_000;
const KEY_LENGTH_MAX = 100;

/** Lines have the same keys again and again: what was found of one is kept. */
function remembering(change: (text: string) => Slices<string>): (key: string) => Slices<string> {
  const known = new Map<string, string>();
  return function* (key) {
    const before = known.get(key);
    if (before !== undefined) return before;
    const shown = yield* change(key);
    if (key.length > KEY_LENGTH_MAX) return shown;
    if (known.size >= KEYS_MAX) known.clear();
    known.set(key, shown);
    return shown;
  };
}

/** Shows everything. */
export const noMask: Mask = createMask({ kinds: [], patterns: {} });

/** Of a text or a number; a number by its text (number-text.ts) is one too: a card may have more digits than a number holds. */
function leafText(value: JsonValue | NumberText): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value instanceof NumberText ? value.text : undefined;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
