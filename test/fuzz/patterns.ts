/**
 * Patterns that people write, also those that other engines would never be done with, on long texts made to suit them. Each is refused in
 * words, or ends in time that is linear in the text: with its square, a text of 249,000 characters would hold the thread far beyond the
 * second that the harness allows.
 */
import { ok } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { TextStep } from '../../src/config/decode/steps.ts';
import { CORE_PATTERNS } from '../../src/config/decode/grok/core.ts';
import { parserFor } from '../../src/ingest/decode/steps/texts.ts';
import type { TextParser } from '../../src/ingest/decode/steps/step.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { oddText } from './odd-values.ts';

interface Patterns {
  readonly step: TextStep;
  readonly texts: readonly string[];
}

/** Patterns that have held processes for ever, or took the square of a text. */
const CATASTROPHES = [
  '(a+)+$',
  '^(a+)+$',
  '([a-zA-Z]+)*$',
  '(a|aa)+$',
  '(a|a?)+$',
  '(.*a){12}b',
  '^(\\w+[\\s:.-]?)+ \\[',
  '(x+x+)+y',
  '(a*)*b',
  '((a+)*)+\\d',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '\\s+$',
  '.*.*=.*',
  '(?:.*,){11}P',
  '(a?){30}a{30}',
  `(?:${Array.from({ length: 40 }, (_, i) => `a{${1 + (i % 5)}}b?`).join('|')})*!`,
  '"(\\\\.|[^\\\\"]+)+"',
  '%{DATA} %{DATA} %{DATA} %{GREEDYDATA}x',
  '(%{WORD}+ ?)+$',
  '(%{NOTSPACE}%{SPACE})*!',
  '%{GREEDYDATA}%{NUMBER}%{GREEDYDATA}%{NUMBER}!',
  '(%{IPORHOST}[,.]?)+!',
  '(%{URI} ?)*;$',
  '(%{UNIXPATH})+%{UNIXPATH};',
  '(%{QS}|%{DATA})*;',
];

const NAMES = Object.keys(CORE_PATTERNS);
const ATOMS = [
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\d',
  '\\s',
  '\\S',
  'ä',
  '😀',
  '"',
  ' ',
  '\\b',
  '^',
  '$',
  '(?<!a)',
];
const TIMES = ['', '', '*', '+', '?', '*?', '+?', '{2}', '{0,5}', '{3,}', '{20}'];

function anyPattern(random: Random, isGrok: boolean, depth = 0): string {
  const part = (): string => {
    if (depth < 4 && random.chance(35))
      return `(${anyPattern(random, isGrok, depth + 1)})${random.pick(TIMES)}`;
    if (isGrok && random.chance(30)) return `(?:%{${random.pick(NAMES)}})${random.pick(TIMES)}`;
    return random.pick(ATOMS) + random.pick(TIMES);
  };
  const parts = Array.from({ length: 1 + random.below(4) }, part);
  return parts.join(random.chance(25) ? '|' : '');
}

/** A text that repeats something of the pattern, and may end with what does not fit. */
function suitedTo(pattern: string, random: Random): string {
  const letters = random.pick([
    () =>
      random.pick([
        'a',
        'aa',
        'ab',
        'a ',
        '1.',
        '/',
        '"\\',
        'a,',
        'x-',
        ' ',
        '1:',
        '::',
        'http://a@',
        'a\n',
        '😀',
      ]),
    () => pattern.replaceAll(/[\\^$()[\]{}|?*+]/gu, '').slice(0, 20),
    () => oddText(random).slice(0, 50),
  ])();
  const unitsMax = random.pick([200, 900, 1_100, 5_000, 60_000, 249_000, 300_000]);
  const body = letters.repeat(Math.ceil(random.below(unitsMax) / Math.max(letters.length, 1)));
  return body.slice(0, unitsMax) + random.pick(['', '!', 'b', '\n', ' x=1 "', '\ud83d']);
}

export const patterns: Fuzzer<Patterns> = {
  name: 'patterns',
  input(random) {
    const isGrok = random.chance(60);
    const raw = random.chance(30)
      ? random.pick(CATASTROPHES.filter((each) => isGrok || !each.includes('%')))
      : anyPattern(random, isGrok);
    const pattern = `${random.pick(['', '^', ''])}(?<all>${raw})${random.pick(['', '$', ''])}`;
    const step: TextStep = isGrok
      ? { kind: 'grok', patterns: [pattern], own: random.chance(10) ? { WORD: '(\\w+)+' } : {} }
      : { kind: 'regex', patterns: [pattern] };
    return { step, texts: Array.from({ length: 3 }, () => suitedTo(raw, random)) };
  },
  async run({ step, texts }) {
    let parse: TextParser;
    try {
      parse = parserFor(step);
    } catch (error) {
      ok(error instanceof RangeError && error.message.length < 30_000, String(error));
      return;
    }
    for (const text of texts) {
      await turn();
      const document = parse(text);
      ok(typeof document === 'object' || document.length < 200);
    }
  },
};
