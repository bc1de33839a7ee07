/** Patterns that JavaScript's engine may run: they are linear there, and mean what RE2 means. */
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { seeded, type Random } from '../../test/support/timelines.ts';
import { linearPattern } from './linear-pattern.ts';
import { Pattern } from './pattern.ts';

describe('linear', () => {
  test.each([
    String.raw`^(?<a>\S+) (?<b>.*)$`,
    String.raw`^(?<t>\d{4}-\d{2}-\d{2}[T ]\S+)\s+(?<l>[A-Z]+) (?<p>\d+) --- \[(?<th>[^\]]*)\] (?<lo>\S+)\s*: (?<m>[\s\S]*)$`,
    String.raw`^(?<ip>\S+) \S+ (?<u>\S+) \[(?<ts>[^\]]+)\] "(?<verb>\S+) (?<path>\S+) [^"]+" (?<s>\d{3}) (?<n>\d+|-)(?: "(?<ref>[^"]*)" "(?<ua>[^"]*)")?`,
    '#(?<order>[0-9]+)',
    'abc',
    '(?:a|ab)(?:c|bcd)d*',
    '^(?<a>.*?): (?<b>x)$',
  ])('%s', (source) => {
    expect(linearPattern(source)?.from).toBe('anywhere');
  });

  test.each([
    ['two repeats of the same', '^(.*)x(.*)y$'],
    ['repeats of repeats', '^(?:a+)+$'],
    ['repeats of what can be empty', '^(?:a*)*$'],
    ['choices that share words', '^(?:a|a)*$'],
    ['choices that share longer words', '^(?:ab|a|b)*$'],
    ['optional parts in a row', `^${'a?'.repeat(30)}${'a'.repeat(30)}$`],
    ['choices of nothing', `^${'(?:a?|b?)'.repeat(30)}$`],
    ['white space at either side', String.raw`^(\s*\w*\s*)*$`],
    ['a group that repeats', '^(?:(?<a>x)|y)*$'],
    ['places within words', String.raw`^\Bx`],
    ['looking far behind', '^(?<!ab)x'],
    ['flags', '(?i)^x'],
    ['scripts', String.raw`^\p{Han}`],
    ['POSIX classes', '^[[:alpha:]]'],
  ])('not linear, or not known to be: %s', (_why, source) => {
    expect(linearPattern(source)).toBeUndefined();
  });
});

test.each([
  ['a run that may begin anywhere', 'x+y', 'beginning', false],
  ['a run that may begin at each line', '(?m:^)x+y', 'beginning', true],
  ['a run up to the rest of the text', '^(?<a>.*?)x(?<rest>.*)', 'anywhere', true],
  ['a run up to an end of a line', '(?m:^)(?<a>[^x]*)x(?<rest>.*)(?m:$)', 'beginning', true],
])('linear from some places alone: %s', (_why, source, from, beginsLine) => {
  expect(linearPattern(source)).toMatchObject({ from, beginsLine });
});

/** A pattern of the plain part, mostly with more ways than one. */
function anyPattern(random: Random, depth = 0): string {
  const atom = (): string => {
    if (depth < 3 && random.chance(25)) {
      const name = random.chance(50) ? `?<g${random.below(1e9)}>` : random.pick(['', '?:']);
      return `(${name}${anyPattern(random, depth + 1)})`;
    }
    return random.pick([
      'a',
      'b',
      'c',
      '.',
      '[ab]',
      '[^a]',
      '[a-c]',
      String.raw`\d`,
      String.raw`\s`,
      String.raw`\S`,
      String.raw`\w`,
      '1',
      ' ',
      '中',
      '😀',
    ]);
  };
  const times = (): string =>
    random.chance(40) ? random.pick(['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?', '??']) : '';
  const parts = Array.from({ length: 1 + random.below(4) }, () => atom() + times());
  if (random.chance(20)) parts.splice(random.below(parts.length), 0, random.pick(PLACES));
  if (random.chance(15)) parts.splice(random.below(parts.length), 0, '|');
  const body = parts.join('');
  return depth === 0 && random.chance(60) ? `^${body}${random.chance(50) ? '$' : ''}` : body;
}

const PLACES = ['\\b', '(?<!a)', '(?<![^ab])', '(?<!😀)', '(?<![^😀])', '(?m:^)', '(?m:$)'];

const anyText = (random: Random): string =>
  Array.from({ length: random.below(12) }, () =>
    random.pick(['a', 'b', 'c', 'ab', '1', ' ', '\n', '\u00a0', '中', '😀', '\ud83d', '\ufeff', 'A']),
  ).join('');

test('what is matched, and by which groups, is what RE2 finds, seed 13100', () => {
  const random = seeded(13_100);
  let compared = 0;
  for (let i = 0; i < 8_000; i += 1) {
    const source = anyPattern(random);
    const linear = linearPattern(source);
    if (linear === undefined) continue;
    const re2 = RE2JS.compile(RE2JS.translateRegExp(source), RE2JS.LOOKBEHINDS);
    for (let j = 0; j < 8; j += 1) {
      const text = anyText(random);
      const matcher = re2.matcher(text);
      const expected = matcher.find()
        ? Array.from({ length: matcher.groupCount() + 1 }, (_, n) => matcher.group(n) ?? undefined)
        : undefined;
      const match = linear.regExp.exec(text);
      expect([source, text, match === null ? undefined : [...match]]).toEqual([source, text, expected]);
      const first = linear.atBegin.exec(text);
      const isFirst = expected !== undefined && matcher.start() === 0;
      expect([source, text, first === null ? undefined : [...first]]).toEqual([
        source,
        text,
        isFirst ? expected : undefined,
      ]);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(20_000);
});

test('a pattern with so many ways that they fill the stack is left to RE2', () => {
  const letters = Array.from('abcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVW0123456789')
    .map((each) => `${each}??`)
    .join('');
  const pattern = new Pattern(`^(?<time>\\S+) (?<a>(?:${letters}x)*)y`);
  expect(pattern.groups(`t ${'x'.repeat(249_000)}`)).toBe('too long');
});

test('a bracket that closes stands first in a class, with and without proof', () => {
  for (const source of [
    String.raw`\[(?<t>[^]]+)\] (?<m>[\s\S]*)$`,
    String.raw`^\[(?<t>[^]]+)\] (?<m>[\s\S]*)$`,
    String.raw`^\[(?<t>[^]]+)\]\s+(?<m>[\s\S]*)$`,
  ]) {
    expect(new Pattern(source).groups('[main] hi')).toEqual({ t: 'main', m: 'hi' });
    expect(new Pattern(source).test('[main] hi')).toBe(true);
  }
  expect(new Pattern(String.raw`^(?<a>[]a\]]+)\\[x]`).groups(String.raw`]a]\x`)).toEqual({ a: ']a]' });
});
