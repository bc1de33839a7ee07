/** Grok becomes one regular expression of RE2. */
import { describe, expect, test } from 'vitest';
import { linearPattern } from '../../../event/linear-pattern.ts';
import { Pattern, PUT_TOGETHER } from '../../../event/pattern.ts';
import { CORE_PATTERNS } from './core.ts';
import { expandGrok } from './expand.ts';

test.each([
  ['%{INT}', '(?:[+-]?[0-9]+)'],
  ['%{INT:a} (b)', '(?<g0>[+-]?[0-9]+) (?:b)'],
  ['(?<a>x)(?P<b>y)(?:z)', '(?<g0>x)(?<g1>y)(?:z)'],
  ['^a$', '(?m:^)a(?m:$)'],
  [String.raw`\^[$^(\]%{INT}]\(\\`, String.raw`\^[$^(\]%{INT}]\(\\`],
  [String.raw`\A\h\Z`, '^[0-9A-Fa-f]$'],
  ['(?>a)(?m)(?im:b)', '(?:a)(?s)(?is:b)'],
  ['(?<!a)b', '(?<!a)b'],
])('%s is %s', (pattern, regex) => {
  expect(expandGrok(pattern).regex).toBe(regex);
});

describe('what cannot be expanded is refused in words', () => {
  test.each<[string, Record<string, string>, string]>([
    ['%{NUMBR:a}', {}, 'there is no pattern `NUMBR`; did you mean `NUMBER`?'],
    [
      '%{A:a}',
      { A: 'x%{Q}', Q: '%{zzzzzzzzz}' },
      'there is no pattern `zzzzzzzzz` (in A → Q); patterns: A, Q, ',
    ],
    ['%{A:a}', { A: 'x%{B}', B: '%{C}', C: '%{B}' }, '`B` is a part of itself: A → B → C → B'],
    ['%{INT:a', {}, '`%{INT:a` is none of %{NAME}, %{NAME:field} and %{NAME:field:int}'],
    ['%{INT a}', {}, '`%{INT a}` is none of'],
    ['%{INT:a:long}', {}, 'has no type that is known: write int or float'],
    ['%{INT:__proto__}', {}, 'no field can be called `__proto__`'],
    [String.raw`%{INT:a}\K`, {}, 'RE2 has no `\\K`'],
    ['%{constructor}', {}, 'there is no pattern `constructor`'],
    ['%{E}', doubling(30), 'it grows beyond 20000 characters when it is expanded'],
    ['%{D0}', chained(3_000), 'more than 100 patterns stand inside of each other, down to `D100`'],
  ])('%s of %j', (pattern, own, reason) => {
    expect(() => expandGrok(pattern, own)).toThrow(RangeError);
    expect(() => expandGrok(pattern, own)).toThrow(reason);
  });
});

/** Each is the one before it twice. */
function doubling(times: number): Record<string, string> {
  const entries = Array.from({ length: times }, (_, i) => [
    `E${i}`,
    i === 0 ? 'x' : `%{E${i - 1}}%{E${i - 1}}`,
  ]);
  return { ...Object.fromEntries(entries), E: `%{E${times - 1}}` } as Record<string, string>;
}

/** Each is the next one, and the last one a letter. */
function chained(times: number): Record<string, string> {
  const entries = Array.from({ length: times }, (_, i) => [`D${i}`, `%{D${i + 1}}`]);
  return { ...Object.fromEntries(entries), [`D${times}`]: 'x' } as Record<string, string>;
}

/** What is written there has two runs in a row that share characters. */
const ON_RE2 = new Set(['MONGO_SLOWQUERY']);

test.each(Object.keys(CORE_PATTERNS))('%s can be used, and is fast where a text begins with it', (name) => {
  const { regex } = expandGrok(`%{${name}:all}`);
  expect(new Pattern(regex, PUT_TOGETHER).groupNames).toContain('g0');
  expect(linearPattern(regex) === undefined).toBe(ON_RE2.has(name));
});
