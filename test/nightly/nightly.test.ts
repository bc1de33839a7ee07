import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failuresOf, type Report } from './failures.ts';
import { figuresIn, remember, type BenchRun } from './history.ts';
import { chosen, partsOfANight, type TestPart } from './parts.ts';

function counting(): () => number {
  let last = 0;
  return () => (last += 1);
}

describe('a night', () => {
  it('has another seed for each part, and every bench', () => {
    const parts = partsOfANight({}, counting());
    expect(parts.map(({ name, settings }) => [name, settings['TOCSIN_SEED']])).toEqual(
      [
        'simulation',
        'fuzz',
        'chaos',
        'decode-steps',
        'detect',
        'elasticsearch',
        'groups',
        'journal',
        'kafka',
        'live',
        'match',
        'odd-rules',
        'pages',
        'rules',
        'sqlite',
        'state',
        'threads',
        'whole',
      ].map((name, i) => [name, String(i + 1)]),
    );
  });

  it('takes what the environment sets instead', () => {
    const [simulation, fuzz] = partsOfANight({ TOCSIN_SEED: '7', TOCSIN_FUZZ_MS: '1000' }, counting());
    expect(simulation!.settings).toMatchObject({ TOCSIN_SEED: '7', TOCSIN_CASES: '30000' });
    expect(fuzz!.settings).toEqual({ TOCSIN_SEED: '7', TOCSIN_FUZZ_MS: '1000' });
  });

  it('is of the parts that are named, and says which there are where one is unknown', () => {
    const parts = partsOfANight({}, counting());
    expect(chosen(parts, ['match', 'fuzz']).map(({ name }) => name)).toEqual(['fuzz', 'match']);
    expect(() => chosen(parts, ['fuss'])).toThrow('there is no fuss; there are simulation, fuzz,');
  });
});

describe('what failed', () => {
  const [simulation, fuzz, chaos] = partsOfANight({}, counting()) as [TestPart, TestPart, TestPart];
  const report = (file: string, message: string): Report => ({
    testResults: [
      {
        name: `/repository/${file}`,
        status: 'failed',
        assertionResults: [
          { fullName: 'is fine', status: 'passed' },
          { fullName: 'is true', status: 'failed', failureMessages: [message] },
        ],
      },
    ],
  });

  it('is repeated by its own seed where it names one', () => {
    const detect = report('test/simulation/detect.test.ts', 'AssertionError: seed 815: [{"name"');
    expect(failuresOf(detect, simulation, '/repository')).toEqual([
      `FAILED test/simulation/detect.test.ts: is true
  again: TOCSIN_CASES=1 TOCSIN_PROCESS_RUNS=1 TOCSIN_SEED=815 npx vitest run test/simulation/detect.test.ts`,
    ]);
    const mail = report('test/fuzz/mail.nightly.ts', 'Error: mail, TOCSIN_SEED=4711\nTypeError');
    expect(failuresOf(mail, fuzz, '/repository')[0]).toContain(
      'again: TOCSIN_FUZZ_MS=1 TOCSIN_SEED=4711 npx vitest run --config test/nightly/config.ts test/fuzz/mail.nightly.ts',
    );
  });

  it('is repeated by the seed of its part where it names none', () => {
    const whole = report('test/chaos/whole.nightly.ts', 'Error: not within 60000 ms');
    expect(failuresOf(whole, chaos, '/repository')[0]).toContain(
      "again: TOCSIN_SEED=3 npx vitest run --config test/nightly/config.ts --exclude 'test/fuzz/**' test/chaos/whole.nightly.ts",
    );
  });

  it('is a file where that does not load', () => {
    const unloaded = [{ name: '/repository/test/a.test.ts', status: 'failed', assertionResults: [] }];
    expect(failuresOf({ testResults: unloaded }, chaos, '/repository')).toEqual([
      expect.stringMatching(/^FAILED test\/a\.test\.ts\n {2}again: /u),
    ]);
  });
});

describe('the history of the benches', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-history-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (changes: Partial<BenchRun>): BenchRun => ({
    bench: 'match',
    date: '2026-11-27T20:00:00.000Z',
    commit: 'abc',
    machine: 'm',
    figures: {},
    ...changes,
  });

  it('is a line of JSON a run, and shows each figure beside that of the last run on this machine', () => {
    const file = join(folder, 'history.ndjson');
    const first = run({ figures: { 'events/s': 1_000 } });
    expect(remember(first, file)).toBe('match\n  events/s 1000');
    remember(run({ machine: 'another', figures: { 'events/s': 1 } }), file);
    remember(run({ bench: 'pages', figures: { 'events/s': 1 } }), file);
    const second = run({ figures: { 'events/s': 1_100, new: 5 } });
    expect(remember(second, file)).toBe('match\n  events/s 1100 (+10 %)\n  new 5');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expect.arrayContaining([first, second]));
    expect(lines).toHaveLength(4);
  });

  it('takes the last figure of a name, and none where a bench wrote none', () => {
    const file = join(folder, 'figures.ndjson');
    writeFileSync(file, '{"a":1}\n{"b":2}\n{"a":3}\n');
    expect(figuresIn(file)).toEqual({ a: 3, b: 2 });
    expect(figuresIn(join(folder, 'none'))).toEqual({});
  });
});
