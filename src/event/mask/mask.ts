/**
 * Masking: data that leave the process are shown without card numbers, tokens and everything else that the configuration names. Rules,
 * windows and groups see every line unchanged; only copies that go out are masked.
 */
import type { JsonValue, Value } from '../event.ts';
import { NumberText } from '../number-text.ts';
import { Pattern } from '../pattern.ts';
import { whole, type Slices } from '../slices.ts';
import { changes, type MaskKind } from './kinds.ts';
import { namesToken } from './tokens.ts';

export interface MaskOptions {
  readonly kinds: readonly MaskKind[];
  /** Patterns of the configuration by name. `[name]` replaces each text that they match. */
  readonly patterns: Readonly<Record<string, Pattern>>;
  /** Changes every text first: cuts out known secrets, whatever they look like. */
  readonly redact?: (text: string) => string;
}

export interface Mask {
  /** True if the mask hides anything at all. */
  readonly hides: boolean;
  /** Returns the text as it may be shown. `name`: the field of the text, which may say that all of it is secret. */
  readonly text: (text: string, name?: string) => string;
  /** Returns a value as it may be shown. A number becomes a text if its digits must not be seen. */
  readonly value: (value: Value, name?: string) => Value;
  /** As `text`, for a text of any length. Interruptible. */
  readonly longText: (text: string) => Slices<string>;
  /**
   * Masks all keys, texts and numbers in a document, each by its key. If a masked key equals another key, it gets a number (`[email]~2`),
   * so that no value is lost. Returns the same object if nothing was masked.
   */
  readonly document: <T extends JsonValue>(document: T) => Slices<T>;
}

/** Compiles a pattern of the configuration. Undefined if it cannot be used: a pattern that matches the empty text would mask nothing. */
export function maskPattern(text: string): Pattern | undefined {
  try {
    const pattern = new Pattern(text);
    return pattern.test('') ? undefined : pattern;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** No log line with any sense is deeper. Deeper parts cannot be looked through. */
const DEPTH_MAX = 200;
const TOO_DEEP = '[too deep]';

export function createMask({ kinds, patterns, redact = asItIs }: MaskOptions): Mask {
  const own = Object.entries(patterns);
  const hasTokens = kinds.includes('tokens');
  const isToken = (name: string | undefined): boolean => hasTokens && name !== undefined && namesToken(name);

  function* longText(text: string): Slices<string> {
    let shown = redact(text);
    // Patterns of the configuration come first: they know best what they are for.
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

/** Returns the keys of one object as they may be shown, each different from the others. Returns the same list if nothing was masked. */
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

/** Remembers the result for each key: lines have the same keys again and again. */
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

/** Hides nothing. */
export const noMask: Mask = createMask({ kinds: [], patterns: {} });

/** Returns the text of a text or a number. A number by its text (number-text.ts) counts too: a card may have more digits than a number holds. */
function leafText(value: JsonValue | NumberText): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value instanceof NumberText ? value.text : undefined;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
