/** The spelling that is read from bytes is the one that JSON.stringify shows. */
import { expect, test } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { WORDS } from '../../../test/support/odd-lines.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { JsonObject } from '../../event/event.ts';
import { flattened } from './flattened.ts';
import { OTHER, RESPELT, SAME, spellingOf, type OddNumber, type Spelling } from './spelling.ts';

const LINES = 20_000;

function spelling(line: string, before = '', oddNumbers: OddNumber[] = []): Spelling {
  const bytes = Buffer.from(`${before}${line}\nrest`);
  const from = Buffer.byteLength(before);
  return spellingOf(bytes, from, from + Buffer.byteLength(line), oddNumbers);
}

/** Returns the line with its numbers as JSON.stringify writes them. */
function withNumbers(line: string, oddNumbers: readonly OddNumber[]): string {
  const bytes = Buffer.from(line);
  const parts = oddNumbers.map(({ from, text }, i) => {
    const done = oddNumbers[i - 1]?.to ?? 0;
    return bytes.toString('utf8', done, from) + text;
  });
  return parts.join('') + bytes.toString('utf8', oddNumbers.at(-1)?.to ?? 0);
}

const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '10',
    '100',
    '1.5',
    '-1.5',
    '0.5',
    '-0.5',
    '1.0',
    '1.50',
    '0.0',
    '-0.0',
    '12.000',
  ],
  ...[
    '0.000001',
    '0.0000012',
    '0.0000001',
    '0.00001',
    '1e5',
    '1E5',
    '1e+21',
    '1e21',
    '1e-7',
    '1e-6',
    '1e400',
  ],
  ...['999999999999999', '9999999999999999', '9007199254740992', '9007199254740993', '12345678901234567890'],
  ...['123456789012.345', '1763884800.123456', '0.1', '0.30000000000000004', '0.3000000000000000', '5e-324'],
  ...['100000000000000000000', '1000000000000000000000', '123456789.1234567', '1.7976931348623157e+308'],
];

const ESCAPES = [
  ...['\\"', '\\\\', '\\n', '\\r', '\\t', '\\b', '\\f', '\\/', '\\u0041', '\\u4e2d', '\\u0022', '\\u005c'],
  ...[
    '\\u0000',
    '\\u001f',
    '\\u001F',
    '\\u000a',
    '\\u0020',
    '\\u007f',
    '\\ud83d\\ude00',
    '\\ud800',
    '\\uD800',
  ],
  ...['\\udfff', '\\ud7ff', '\\ue000', '\\u2028', '\\\\u0041', '\\\\\\u0041'],
];

const KEYS = [
  'a',
  'b',
  'message',
  'log.level',
  '__proto__',
  'é',
  '支付',
  '1',
  '42',
  '-1',
  '01',
  '1a',
  '',
  'length',
];

/** JSON of any kind, with blanks and escapes that need not be. It tells when it repeats a key. */
class AnyJson {
  readonly #random: Random;
  readonly #blanks: readonly string[];
  repeats = false;

  constructor(random: Random) {
    this.#random = random;
    this.#blanks = random.chance(70) ? [''] : ['', ' ', '  '];
  }

  object(depth: number): string {
    const keys = Array.from({ length: this.#random.below(5) }, () => this.#key());
    if (new Set(keys.map((key) => JSON.parse(key) as string)).size < keys.length) this.repeats = true;
    return this.#joined(
      '{',
      keys.map((key) => `${key}${this.#blank()}:${this.#blank()}${this.#value(depth)}`),
      '}',
    );
  }

  #value(depth: number): string {
    const random = this.#random;
    if (depth > 0 && random.chance(25)) return this.object(depth - 1);
    if (depth > 0 && random.chance(15)) {
      const elements = Array.from({ length: random.below(4) }, () => this.#value(depth - 1));
      return this.#joined('[', elements, ']');
    }
    if (random.chance(30)) return random.pick(random.chance(70) ? NUMBERS.slice(0, 9) : NUMBERS);
    return random.chance(15) ? random.pick(['true', 'false', 'null']) : this.#text();
  }

  #text(): string {
    const random = this.#random;
    if (!random.chance(15)) return JSON.stringify(random.pick(WORDS));
    return `"${random.pick(ESCAPES)}${random.pick(['', 'x', '"'.repeat(0)])}${random.pick(ESCAPES)}"`;
  }

  #key(): string {
    const random = this.#random;
    return random.chance(2)
      ? `"${random.pick(ESCAPES)}"`
      : JSON.stringify(random.pick(KEYS) + random.pick(['', '', 'x', 'y', 'z']));
  }

  #joined(first: string, parts: readonly string[], last: string): string {
    const blank = this.#blank();
    return `${first}${blank}${parts.join(`${this.#blank()},${blank}`)}${this.#blank()}${last}`;
  }

  #blank(): string {
    return this.#random.pick(this.#blanks);
  }
}

function oddNumbersOf(line: string): readonly OddNumber[] {
  const oddNumbers: OddNumber[] = [];
  spelling(line, '', oddNumbers);
  return oddNumbers;
}

/** What is said of a line must hold; `OTHER` may be said of any. */
function expectTrue(line: string, repeats: boolean): Spelling {
  const said = spelling(line, '{"before":1} ');
  if (said === OTHER) return said;
  const document = JSON.parse(line) as JsonObject;
  const { json, altered } = flattened(document);
  expect(altered, line).toBe(false);
  expect(repeats, line).toBe(false);
  expect(json === line, line).toBe(said === SAME);
  expect(JSON.parse(withNumbers(line, oddNumbersOf(line))), line).toEqual(JSON.parse(json));
  return said;
}

test(`holds for ${LINES} lines of any JSON`, () => {
  const counts = { [SAME]: 0, [RESPELT]: 0, [OTHER]: 0 };
  const random = seeded(1);
  for (let i = 0; i < LINES; i += 1) {
    const json = new AnyJson(random);
    const line = json.object(random.below(5));
    counts[expectTrue(line, json.repeats)] += 1;
  }
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(LINES / 20);
});

test.each(NUMBERS)('knows of %s whether it is written so', (number) => {
  const line = `{"a":${number},"b":[${number}]}`;
  expect(expectTrue(line, false)).toBe(JSON.stringify(JSON.parse(line)) === line ? SAME : RESPELT);
  expect(withNumbers(line, oddNumbersOf(line))).toBe(JSON.stringify(JSON.parse(line)));
});

test.each(ESCAPES)('knows of %s whether it is written so', (escape) => {
  const line = `{"a":"${escape}"}`;
  const isWritten = JSON.stringify(JSON.parse(line)) === line;
  const isTold = !/^\\u(00[01]|[dD][89a-fA-F])/u.test(escape);
  expect(expectTrue(line, false)).toBe(isTold ? (isWritten ? SAME : RESPELT) : OTHER);
});

test('leaves keys that repeat, that move, that are long or escaped', () => {
  expect(spelling('{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}')).toBe(SAME);
  expect(spelling('{"a":1,"a":2}')).toBe(OTHER);
  expect(spelling('{"b":{"a":1},"c":{"x":[],"x":1}}')).toBe(OTHER);
  expect(spelling('{"b":{"x":1},"b":2}')).toBe(OTHER);
  expect(spelling('{"b":1,"1":2}')).toBe(OTHER);
  expect(spelling('{"a\\"b":1}')).toBe(OTHER);
  expect(spelling(`{"${'k'.repeat(400)}":1}`)).toBe(SAME);
  expect(spelling(`{"${'k'.repeat(500)}":1}`)).toBe(OTHER);
  expect(spelling('{}')).toBe(SAME);
  expect(spelling('{ }')).toBe(RESPELT);
});

test.each([
  ['{"a":', '}'],
  ['[', ']'],
])('leaves what is nested deeper than the archive takes: %s', (open, close) => {
  for (let depth = 1; depth < 30; depth += 1) {
    const line = `{"a":${open.repeat(depth)}1${close.repeat(depth)}}`;
    expect(spelling(line)).toBe(flattened(JSON.parse(line) as JsonObject).altered ? OTHER : SAME);
  }
});

test('finds a key again among any number', () => {
  atEverySize((size, random) => {
    const members = Array.from({ length: size }, (_, i) => `"k${i}":${i}`);
    const line = `{${members.join()}}`;
    expect(spelling(line)).toBe(size <= 512 ? SAME : OTHER);
    expect(spelling(`{${members.join()},"k${random.below(size)}":0}`)).toBe(OTHER);
  });
});
