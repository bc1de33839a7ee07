/**
 * Lines whose source has steps behind `json`: what the line kernel makes of them against the plain way, which does the steps on documents.
 * The same times, counts and matches, for steps, lines and conditions as odd as they come.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { batchesOf, compareWays, READ_AT_MS, selected } from '../../../test/support/compare-ways.ts';
import { and, countAlert, field, ruleOf, value } from '../../../test/support/conditions.ts';
import { oddLine, onlyKeywords, textAndKeywords } from '../../../test/support/odd-lines.ts';
import { anyStep, sourceWith, steppedLine } from '../../../test/support/odd-steps.ts';
import { conditionsFor, disturbed, plainLine, rulesOf } from '../../../test/support/odd-worlds.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { StepConfig } from '../../config/decode/steps.ts';
import { createKernelThreads, type KernelThreads } from '../../event/kernel/kernel-threads.ts';
import { ODD } from '../../event/kernel/tape.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import { handOver } from '../hand-over.ts';
import { compileMatcher } from '../matcher.ts';

let threads: KernelThreads | undefined;
afterEach(() => threads?.close());

function anyLine(random: Random): string {
  if (random.chance(70)) return steppedLine(random);
  return random.chance(60) ? plainLine(random) : oddLine(random);
}

/** A world of some steps, lines and rules: lines, and how many of them the kernel vouches for. */
function compareWorld(random: Random, schema: typeof textAndKeywords): { lines: number; sound: number } {
  const steps = Array.from({ length: 1 + random.below(4) }, () => anyStep(random));
  const path = random.pick([['due', '@timestamp'], ['status', 'due'], ['level']]);
  const from = sourceWith(
    steps,
    random.chance(70) ? {} : { path, format: ['epoch_s', 'iso8601', 'epoch_ms'] },
  );
  const plain = Array.from({ length: random.pick([1, 10, 100, 400]) }, () => anyLine(random));
  const count = random.pick([1, 20, 80]);
  const rules = rulesOf(conditionsFor(count, random, { schema, lines: plain, from }), random);
  const lines = plain.map((line) => (random.chance(20) ? disturbed(line, random) : line));
  const { sound } = compareWays(batchesOf(lines, random), rules, schema, from);
  return { lines: lines.length, sound };
}

describe('steps on the tape give what steps on documents give', () => {
  for (const [i, [name, schema]] of Object.entries({ textAndKeywords, onlyKeywords }).entries()) {
    for (let part = 0; part < 4; part += 1) {
      const seed = 14_000 + 100 * i + part;
      test(`${name}, seed ${seed}`, { timeout: 120_000 }, () => {
        const random = seeded(seed);
        const seen = { lines: 0, sound: 0 };
        for (let world = 0; world < 10; world += 1) {
          const { lines, sound } = compareWorld(random, schema);
          seen.lines += lines;
          seen.sound += sound;
        }
        expect(seen.sound).toBeGreaterThan(seen.lines / 10);
      });
    }
  }
});

const LEVELS: readonly StepConfig[] = [
  { kind: 'levels', field: 'level', of: 'pino' },
  { kind: 'set', values: { region: 'CN' } },
];
const when = and(field('level', 'ERROR'), value('timeout'), field('region', 'cn'));
const RULES = [ruleOf('r', { when, alert: countAlert(['level', 'service']) })];

const levelLine = (random: Random, levels: readonly unknown[]): string =>
  JSON.stringify({
    '@timestamp': '2026-11-23T08:59:00.000Z',
    level: random.pick(levels),
    service: random.pick(['a', 'b']),
    message: random.pick(['a timeout', 'fine']),
  });

test('a line is read by the kernel, whatever stands first in its place', () => {
  const lines = [
    '{"level":50,"message":"timeout"}',
    '{"level":"error","message":"timeout"}',
    '{}',
    '{"x":[]}',
  ];
  const matcher = compileMatcher({ rules: RULES, schema: textAndKeywords });
  const decoder = createDecoder(sourceWith(LEVELS), textAndKeywords);
  const decoded = decoder.decode(makeBatch(lines, { readAtMs: READ_AT_MS }), undefined, matcher.kernel);
  expect([...decoded.tape!.states].includes(ODD)).toBe(false);
  expect(decoded.soundJson(0)).toBeUndefined();
});

test('values beyond what the tables hold are read the plain way, seed 14400', () => {
  const random = seeded(14_400);
  const lines = Array.from({ length: 9_000 }, (_, i) =>
    levelLine(random, i < 6_000 ? [50, `level ${i}`] : [50, 30, 'error']),
  );
  const seen = compareWays(batchesOf(lines, random), RULES, textAndKeywords, sourceWith(LEVELS));
  expect(seen.sound).toBeGreaterThan(3_000);
  expect(seen.sound).toBeLessThan(8_500);
  expect(seen.matches).toBeGreaterThan(500);
});

test('more steps than the kernel has room for are done on documents', () => {
  const values = Object.fromEntries(
    Array.from({ length: 600 }, (_, i) => [`key_${i}`, `${i} ${'x'.repeat(500)}`]),
  );
  const from = sourceWith([{ kind: 'set', values }, ...LEVELS]);
  const matcher = compileMatcher({ rules: RULES, schema: textAndKeywords });
  const batch = makeBatch(['{"level":50,"message":"timeout","service":"a"}'], { readAtMs: READ_AT_MS });
  const decoded = createDecoder(from, textAndKeywords).decode(batch, undefined, matcher.kernel);
  expect(decoded.tape).toBeUndefined();
  expect(selected(matcher.matchLines(decoded))).toEqual(['0 r when']);
});

test('other threads read what this one reads, also values that are new to them, seed 14500', async () => {
  threads = createKernelThreads(2, (error) => {
    throw error;
  });
  const random = seeded(14_500);
  const [byTape, plain] = [0, 1].map(() => createDecoder(sourceWith(LEVELS), textAndKeywords));
  const [byLine, matcher] = [0, 1].map(() => compileMatcher({ rules: RULES, schema: textAndKeywords }));
  const levels: unknown[] = [50];
  let matches = 0;
  let sound = 0;
  for (let from = 0; from < 60; from += 1) {
    levels.push(`error${from}`, random.pick(['error', 'FATAL', 51, 30, 'Err ']));
    const batch = makeBatch(
      Array.from({ length: 1 + random.below(60) }, () => levelLine(random, levels)),
      { readAtMs: READ_AT_MS },
    );
    const read = await byTape!.readAhead(batch, byLine!.kernel!, threads)!;
    const decoded = byTape!.decode(read, undefined, byLine!.kernel);
    const want = matcher!.match(plain!.decode(batch, undefined).events);
    const got = byLine!.matchLines(decoded);
    expect(got.matches.map(({ group }) => group)).toEqual(want.matches.map(({ group }) => group));
    expect(selected(got)).toEqual(selected(want));
    matches += got.matches.length;
    sound += decoded.tape!.states.filter((state) => state !== ODD).length;
  }
  expect(matches).toBeGreaterThan(100);
  expect(sound).toBeGreaterThan(1_000);
});

test('a value of which a step makes what the kernel cannot hold is asked for once', () => {
  const steps: readonly StepConfig[] = [{ kind: 'replace', field: 'service', regex: 'A', by: 'B' }];
  // Half a surrogate pair has no bytes.
  const lines = ['A\ud800', 'B', 'A'].map((service) => JSON.stringify({ service }));
  const rules = [ruleOf('r', { when: field('service', 'B'), alert: countAlert([]) })];
  const matcher = compileMatcher({ rules, schema: textAndKeywords });
  const batch = makeBatch(lines, { readAtMs: READ_AT_MS });
  const { tape } = createDecoder(sourceWith(steps), textAndKeywords).decode(batch, undefined, matcher.kernel);
  expect([...tape!.states].map((state) => state === ODD)).toEqual([true, false, false]);
  expect(tape!.hasUnknown).toBe(false);
  compareWays([batch], rules, textAndKeywords, sourceWith(steps));
});

test('lines are read anew by the rules that take over', () => {
  const other = ruleOf('new', { when: field('level', 'error'), alert: countAlert([]) });
  const [before, after] = [RULES, [other]].map((rules) => compileMatcher({ rules, schema: textAndKeywords }));
  const both = handOver(before!, after!, (name) => name === 'r');
  const lines = ['{"level":50,"message":"timeout","service":"a"}', '{"level":30,"message":"timeout"}'];
  const batch = makeBatch(lines, { readAtMs: READ_AT_MS });
  const decoded = createDecoder(sourceWith(LEVELS), textAndKeywords).decode(batch, undefined, both.kernel);
  expect(selected(both.matchLines(decoded))).toEqual(['0 r when', '0 new when']);
});

/** Lines of one service each, and a rule for each text that the service may become. */
function compareServices(
  services: readonly unknown[],
  texts: readonly string[],
  steps: readonly StepConfig[],
): void {
  const lines = services.map((service) =>
    JSON.stringify({ '@timestamp': '2026-11-23T08:59:00.000Z', service }),
  );
  const asEscapes = lines.map((line) =>
    line.replaceAll(/[^\x20-\x7e]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  const rules = texts.map((text, i) =>
    ruleOf(`r${i}`, { when: field('service', text), alert: countAlert([]) }),
  );
  const batch = makeBatch([...lines, ...asEscapes], { readAtMs: READ_AT_MS });
  expect(compareWays([batch], rules, textAndKeywords, sourceWith(steps)).matches).toBeGreaterThan(0);
}

test.each<[StepConfig]>([[{ kind: 'trim' }], [{ kind: 'trim', fields: ['service'] }]])(
  'white space of every kind is taken off, at either end, %j',
  (step) => {
    const spaces = Array.from(
      ' \t\n\r\v\f\u00a0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000\ufeff\u0085\u200b。支',
    );
    const texts = spaces.flatMap((space) => [
      `x${space}`,
      `${space}x`,
      `支${space}`,
      `é"${space}`,
      space,
      `${space}\\`,
    ]);
    compareServices(texts, [...new Set(texts.map((text) => text.trim()))], [step]);
  },
);

test('a list within a list is changed by no step, and what stands beside it is', () => {
  const services = [
    [['error']],
    ['error', ['error']],
    ['error', 'info'],
    'error',
    ['error', null, { a: 1 }],
    [true, 'error'],
  ];
  const steps: readonly StepConfig[] = [{ kind: 'levels', field: 'service', of: 'words' }];
  compareServices(services, ['error', 'ERROR', 'INFO'], steps);
  compareServices(
    services,
    ['error', 'copied'],
    [
      { kind: 'set', values: { other: '{service}' } },
      { kind: 'set', values: { service: '{other}' } },
      { kind: 'map', field: 'service', table: { error: 'copied' } },
    ],
  );
});

/** The groups of the matches of a rule that looks up regions, and nothing of the fields that it groups by. */
function groupsOf(
  lines: readonly string[],
  steps: readonly StepConfig[],
  before: string,
): readonly unknown[] {
  const rule = ruleOf('r', {
    when: field('region', 'cn'),
    alert: countAlert(['service', 'status', 'region']),
  });
  const matcher = compileMatcher({ rules: [rule], schema: textAndKeywords });
  const { bytes, starts, ends, ...batch } = makeBatch(lines, { readAtMs: READ_AT_MS });
  const moved = {
    ...batch,
    bytes: Buffer.concat([Buffer.from(before), bytes]),
    starts: starts.map((at) => at + before.length),
    ends: ends.map((at) => at + before.length),
  };
  const decoder = createDecoder(sourceWith(steps), textAndKeywords);
  const decoded = decoder.decode(moved, undefined, matcher.kernel);
  expect([...decoded.tape!.states].includes(ODD)).toBe(false);
  return matcher.matchLines(decoded).matches.map(({ group }) => group);
}

test('groups are of values that steps have made, put or changed one after the other', () => {
  const lines = ['{"service":"a1","zone":"zone cn","status":1.0}', '{"service":"b22","zone":"zone us"}'];
  const steps: readonly StepConfig[] = [
    { kind: 'replace', field: 'zone', regex: '^zone ', by: '' },
    { kind: 'set', values: { region: '{zone}' } },
    { kind: 'replace', field: 'service', regex: '[0-9]', by: '-' },
    { kind: 'map', field: 'service', table: { 'a-': 'first' } },
    { kind: 'map', field: 'status', table: { '1.0': 7 } },
  ];
  for (const before of ['', '{"other":1}\n'])
    expect(groupsOf(lines, steps, before)).toEqual([['first', 7, 'cn']]);
});
