import { describe, expect, it } from 'vitest';
import { formatProblems } from './problem.ts';
import { loadConfig, parseConfig } from './load.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HEAD = 'sources: { o: { file: { path: a.log } } }\n';
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const problemsOf = (text: string): string =>
  formatProblems(parseConfig(text, '/srv/tocsin.yaml', {}).problems).text;

describe('a configuration that nobody in their right mind would write', () => {
  it.each([
    [
      'a glob without quotes',
      'sources: { o: { file: { path: *.log } } }\n',
      ':1:31: `*…` without quotes is an alias',
      'put the text in quotes: "*…"',
    ],
    [
      'an alias of itself',
      `${HEAD}a: &a [*a]\n`,
      ':2:8: the alias `*a` stands for a block that it is a part of',
      'write the value out',
    ],
    [
      'aliases of aliases',
      `a: &a [x, x, x, x, x, x, x, x, x, x]\n${lines(9, (i) => `${'bcdefghij'[i]!}: &${'bcdefghij'[i]!} [${Array<string>(10).fill(`*${'abcdefghi'[i]!}`).join(', ')}]\n`)}`,
      'stands for more than 100000 values',
      'write the values out',
    ],
    [
      'many aliases',
      `a: &a x\nb: [${Array<string>(200).fill('*a').join(', ')}]\n`,
      'more than 100 aliases',
      'write the values out',
    ],
    ['an alias for a key', `${HEAD}a: &a x\n*a : y\n`, ':3:1: a key is a text', 'write a name'],
    ['a block for a key', `${HEAD}? { a: b }\n: c\n`, ':2:3: a key is a text', 'write a name'],
    ['bytes for a key', `${HEAD}!!binary YQ== : c\n`, ':2:', 'write a name'],
    ['a merge key', `${HEAD}http:\n  <<: { listen: x }\n`, ':3:3: `<<` merges nothing', 'write the keys out'],
    [
      'two documents',
      `${HEAD}---\n${HEAD}`,
      ':2:1: not valid YAML here: a second document begins',
      'remove the line',
    ],
    [
      'a character that turns the direction of writing',
      `${HEAD}# \u202e\n`,
      ':2:3: a character that is not seen stands here: U+202E',
      'delete it',
    ],
    ['brackets in brackets', `${HEAD}a: ${'['.repeat(200_000)}`, ':2:', 'nested deeper than 32 levels'],
    ['lists in lists', `${HEAD}a:\n  ${'- '.repeat(200_000)}x\n`, ':3:', 'nested deeper than 32 levels'],
    [
      'blocks in blocks',
      HEAD + lines(500, (i) => `${' '.repeat(i)}a:\n`),
      ':',
      'nested deeper than 32 levels',
    ],
    [
      'unknown keys without number',
      HEAD + lines(10_000, (i) => `key${i}: 1\n`),
      ':2:1: unknown key `key0`',
      'and 9900 more problems',
    ],
    [
      'sources that are none',
      `sources:\n${lines(10_000, (i) => `  s${i}: 1\n`)}`,
      ':2:7: `sources.s0`',
      'more problems',
    ],
    [
      'names without number',
      `${HEAD}search_fields: [${lines(10_000, (i) => `name_of_a_field_${i}, `)}]\n`,
      '`name_of_a_field_0` is not declared',
      'more problem',
    ],
    [
      'receivers without number',
      `${HEAD}routes: [{ to: [${lines(10_000, (i) => `webhook:w${i}, `)}] }]\n`,
      'the channel `webhook` is not configured',
      'more problem',
    ],
    [
      'routes without number',
      `${HEAD}channels: { terminal: {} }\nroutes: [${'{ to: [terminal] }, '.repeat(4_000)}]\n`,
      'never reached',
      'more problem',
    ],
    ['lines without number', `${HEAD}${'#\n'.repeat(300_000)}`, ':', 'more than 100000 words and signs'],
    [
      'a text without end',
      `${HEAD}language: "${'x'.repeat(900_000)}"\n`,
      ':2:11: `language` is "xxx',
      'write',
    ],
  ])('%s is told with its place and the fix', (_what, text, message, fix) => {
    const told = problemsOf(text);
    expect(told).toContain(message);
    expect(told).toContain(fix);
    expect(told).not.toMatch(/undefined|NaN|\[object|call stack/);
    expect(told.length).toBeLessThan(80_000);
  });

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${HEAD}`, 'utf16le'), 'tocsin.yaml: the file is UTF-16, not UTF-8'],
    [
      'UTF-16 without a mark',
      Buffer.from(HEAD, 'utf16le'),
      'tocsin.yaml:1:1: the file is no text: it holds NUL',
    ],
    [
      'bytes of another encoding',
      Buffer.from(`${HEAD}# caf\xe9\n`, 'latin1'),
      'tocsin.yaml:2:1: the file is not UTF-8',
    ],
  ])('%s is refused', (_what, bytes, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
    try {
      writeFileSync(join(folder, 'tocsin.yaml'), bytes);
      expect(formatProblems(loadConfig(join(folder, 'tocsin.yaml'), {}).problems).text).toContain(message);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a byte order mark and an alias that saves writing are fine', () => {
    const text = `\ufeffsources:\n  a: { file: { path: a.log }, timestamp: &usual { timezone: Asia/Shanghai } }\n  b: { file: { path: b.log }, timestamp: *usual }\n`;
    expect(
      parseConfig(text, '/srv/tocsin.yaml', {}).config?.sources.map(({ timestamp }) => timestamp.timezone),
    ).toEqual(['Asia/Shanghai', 'Asia/Shanghai']);
  });

  it.each([
    '*a*a*a*b.log',
    '{a,b}'.repeat(10),
    '{1..100000}.log',
    '{a..z}{a..z}.log',
    '{A..z}{z..a}{a..c}.log',
    '+(a|aa)b',
    '**/a/**/b/**/c',
    'x'.repeat(2_000),
  ])('a glob whose search would not end is refused: %s', (glob) => {
    expect(problemsOf(`sources: { o: { file: { path: "${glob}" } } }\n`)).toMatch(
      /:1:31: `path` (?:has|stands|is)/,
    );
  });

  it.each(['logs/**/*-order-*.log', '/var/log/{a,b,c}/[0-9]*.log*', 'logs/app?.log', 'a(1).log'])(
    'a glob of people is fine: %s',
    (glob) => {
      expect(problemsOf(`sources: { o: { file: { path: "${glob}" } } }\n`)).toBe('');
    },
  );
});

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a key called %s is an unknown key like any other, wherever it stands',
  (key) => {
    for (const text of [`${key}:\n`, `${HEAD}${key}: { a: 1 }\n`, `${HEAD}http: { ${key}: { x: 1 } }\n`])
      expect(problemsOf(text)).toContain(key);
  },
);
