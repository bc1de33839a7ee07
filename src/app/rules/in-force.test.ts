import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import type { Config } from '../../config/config.ts';
import { defaultConfigText } from '../../config/default-text.ts';
import { parseConfig } from '../../config/load.ts';
import type { RulesPart } from '../../detect/input/input.ts';
import { OutOfDescriptors } from '../../event/descriptors.ts';
import { silent } from '../../event/telemetry.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import { threadMs } from '../../operate/cpu-share.ts';
import { measureTurns } from '../../../test/support/turns.ts';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { openRules } from './in-force.ts';
import { rulesFolder } from './rules-folder.ts';
import { InvalidRules } from '../start-error.ts';
import type { RulesInForce } from '../types.ts';

let dir: string;
let config: Config;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-rules-'));
  config = parseConfig(defaultConfigText({ language: 'en' }), join(dir, 'tocsin.yaml'), {}).config!;
  await mkdir(config.rulesDir);
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = (): Promise<RulesInForce> => {
  const clock = rightClock();
  return openRules({ folder: rulesFolder(config, clock), schema: config.schema, telemetry: silent, clock });
};

const rule = (name: string, word: string, more = ''): string =>
  `rule ${name} { when ${word} alert count >= 2 within 5m by service ${more} }\n`;
const write = (file: string, ...rules: readonly string[]): void =>
  writeFileSync(join(config.rulesDir, file), rules.join('').replaceAll(/ (when|alert|severity) /g, '\n$1 '));

/** The rules that want a line with these words now. */
function wanting(rules: RulesInForce, words: string): readonly string[] {
  const source = config.sources[0]!;
  const line = JSON.stringify({ '@timestamp': '2026-11-23T00:00:00Z', service: 'pay', message: words });
  const readAtMs = Date.parse('2026-11-23T00:00:01Z');
  const batch = makeBatch([line], { source: source.name, readAtMs });
  const { events } = createDecoder(source, config.schema).decode(batch, undefined);
  return rules
    .matcher()
    .match(events)
    .matches.map((match) => match.rule);
}

/** Resolves as `sleep` does when its signal is aborted. */
const aborted = (signal: AbortSignal): Promise<true> =>
  signal.aborted
    ? Promise.resolve(true)
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));

const brief = ({ rules, removed }: RulesPart): unknown => [rules.map(({ name }) => name), removed];

/** Reloads; gives the parts in which the change came, and what `look` saw at the moment of each. */
async function reload<T>(rules: RulesInForce, look: () => T): Promise<{ parts: RulesPart[]; seen: T[] }> {
  const parts: RulesPart[] = [];
  const seen: T[] = [];
  await rules.reload((part, enter) => {
    parts.push(part);
    enter();
    seen.push(look());
    return Promise.resolve();
  });
  return { parts, seen };
}

it('puts into force what is new, changed or gone, and says nothing of the rest', async () => {
  write('a.rule', rule('stays', 'alpha'));
  write('b.rule', rule('changes', 'beta'));
  write('c.rule', rule('goes', 'gamma'));
  const rules = await open();
  write('b.rule', rule('changes', 'delta'));
  unlinkSync(join(config.rulesDir, 'c.rule'));
  write('d.rule', rule('comes', 'epsilon'));
  const { parts } = await reload(rules, () => undefined);
  expect(parts.map(brief)).toEqual([
    [[], ['goes']],
    [['changes', 'comes'], []],
  ]);
  expect(wanting(rules, 'alpha beta gamma delta epsilon')).toEqual(['stays', 'changes', 'comes']);
  expect(rules.rule('goes')).toBeUndefined();
  expect((await reload(rules, () => undefined)).parts).toEqual([]);
});

it('lets everything else have its turn again and again while thousands of rules change', async () => {
  const rulesOf = (word: string): readonly string[] =>
    Array.from({ length: 2_000 }, (_, i) => rule(`r${i}`, `${word}${i}`));
  write('a.rule', ...rulesOf('before'));
  const rules = await open();
  write('a.rule', ...rulesOf('after'));
  const before = threadMs();
  const turns = measureTurns();
  const { parts } = await reload(rules, () => undefined);
  const turnMaxMs = turns.longestMs();
  expect(parts.flatMap(({ rules: changed }) => changed)).toHaveLength(2_000);
  expect(Math.max(...parts.map(({ rules: changed }) => changed.length))).toBeLessThan(50);
  expect(turnMaxMs).toBeLessThan((threadMs() - before) / 4);
});

it('keeps each rule as it was until the very moment when its part comes into force', async () => {
  const names = Array.from({ length: 250 }, (_, i) => `r${i}`);
  write('a.rule', ...names.map((name) => rule(name, 'before')));
  const rules = await open();
  write('a.rule', ...names.map((name) => rule(name, 'after', 'severity high')));
  const { parts, seen } = await reload(rules, () => ({
    before: wanting(rules, 'before'),
    after: wanting(rules, 'after'),
    high: rules.ruleset().rules.filter(({ severity }) => severity === 'high').length,
  }));
  expect(parts.length).toBeGreaterThan(1);
  let changed: string[] = [];
  for (const [i, part] of parts.entries()) {
    changed = [...changed, ...part.rules.map(({ name }) => name)];
    const { before, after, high } = seen[i]!;
    expect(after.toSorted()).toEqual(changed.toSorted());
    expect([...before, ...after].toSorted()).toEqual(names.toSorted());
    expect(high).toBe(changed.length);
  }
  expect(changed).toEqual(names);
});

it('shows a rule as it was until what was matched before has been told, though lines are matched by the new ones', async () => {
  write('a.rule', rule('changes', 'alpha'), rule('goes', 'alpha'));
  const rules = await open();
  write('a.rule', rule('changes', 'beta', 'severity high'));
  const seen: unknown[] = [];
  const look = (): void =>
    void seen.push([rules.rule('changes')?.severity, rules.rule('goes')?.name, wanting(rules, 'alpha beta')]);
  await rules.reload((_part, enter) => {
    look();
    enter();
    look();
    return Promise.resolve();
  });
  expect(seen).toEqual([
    ['medium', 'goes', ['changes']],
    ['medium', undefined, ['changes']],
    ['medium', undefined, ['changes']],
    ['high', undefined, ['changes']],
  ]);
});

it('takes the new texts of a rule that the detector need not hear of', async () => {
  write('a.rule', rule('r', 'alpha', 'owner old'));
  const rules = await open();
  write('a.rule', rule('r', 'alpha', 'owner new'));
  expect((await reload(rules, () => undefined)).parts).toEqual([]);
  expect(rules.rule('r')!.owner).toBe('new');
});

it('changes nothing for an invalid set, says why, and forgets that once the set is mended', async () => {
  write('a.rule', rule('r', 'alpha'));
  const rules = await open();
  write('a.rule', rule('r', 'beta', 'severty high'));
  expect((await reload(rules, () => undefined)).parts).toEqual([]);
  expect(rules.problem()).toContain('severty');
  expect(wanting(rules, 'alpha beta')).toEqual(['r']);
  expect(wanting(rules, 'beta')).toEqual([]);
  write('a.rule', rule('r', 'beta'));
  await reload(rules, () => undefined);
  expect(rules.problem()).toBeUndefined();
  expect(wanting(rules, 'beta')).toEqual(['r']);
});

it('puts the rules that use a shared let into force when lets.rule changes, and no other', async () => {
  const shared = (name: string, use: string): string =>
    `rule ${name} { alert count(${use}) >= 2 within 5m by service }\n`;
  write('a.rule', shared('first', 'one'), shared('second', 'two'));
  write('lets.rule', 'let one = alpha\nlet two = beta\n');
  const rules = await open();
  const meaning = rules.rule('second')!.meaning;
  write('lets.rule', 'let one = gamma\nlet two = beta\n');
  const { parts } = await reload(rules, () => undefined);
  expect(parts.map(brief)).toEqual([[['first'], []]]);
  expect(wanting(rules, 'alpha')).toEqual([]);
  expect(wanting(rules, 'gamma beta')).toEqual(['first', 'second']);
  // Only its place changes: it means the same, which is how its windows stay.
  write('lets.rule', 'let one = gamma\n');
  write(
    'a.rule',
    shared('first', 'one'),
    'rule second { let two = beta\nalert count(two) >= 2 within 5m by service }',
  );
  await reload(rules, () => undefined);
  expect(rules.rule('second')!.meaning).toBe(meaning);
});

it('keeps the rules that use a broken lets.rule as they were, and says once what is broken and who uses it', async () => {
  write('a.rule', 'rule r { alert count(one) >= 2 within 5m by service }', rule('other', 'omega'));
  write('lets.rule', 'let one = alpha\n');
  const errors: string[] = [];
  const log = { ...silent.log, error: (_: unknown, text: string) => void errors.push(text) };
  const clock = rightClock();
  const folder = rulesFolder(config, clock);
  const rules = await openRules({ folder, schema: config.schema, telemetry: { ...silent, log }, clock });
  write('lets.rule', 'let one = alpha AND\n');
  expect((await reload(rules, () => undefined)).parts).toEqual([]);
  expect(wanting(rules, 'alpha omega')).toEqual(['r', 'other']);
  expect(errors).toHaveLength(1);
  expect(errors[0]!.match(/TOC/g)).toHaveLength(1);
  expect(errors[0]).toMatch(/lets\.rule:1.*used by `r` in a\.rule:1/u);
  const again = await open();
  expect(wanting(again, 'alpha omega')).toEqual(['r', 'other']);
});

it('says the first errors of many, and how many more there are', async () => {
  write('a.rule', rule('r', 'alpha'));
  const rules = await open();
  write('a.rule', ...Array.from({ length: 30 }, (_, i) => rule(`r${i}`, 'nowhere:x')));
  await reload(rules, () => undefined);
  expect(rules.problem()!.match(/TOC206/g)).toHaveLength(20);
  expect(rules.problem()).toContain('and 10 more errors');
});

it('leaves a superseded set out: only the last one comes into force', async () => {
  write('a.rule', rule('r', 'alpha'));
  const rules = await open();
  write('a.rule', rule('r', 'beta'));
  const first = reload(rules, () => undefined);
  write('a.rule', rule('r', 'gamma'));
  const second = reload(rules, () => undefined);
  expect((await first).parts).toEqual([]);
  expect((await second).parts.map(brief)).toEqual([[['r'], []]]);
  expect(wanting(rules, 'gamma')).toEqual(['r']);
});

it('waits for descriptors no longer than until it is closed', async () => {
  write('a.rule', rule('r', 'alpha'));
  const clock = rightClock();
  const folder = rulesFolder(config, clock);
  const out = (): Promise<never> => Promise.reject(new OutOfDescriptors('none is free'));
  const never = { ...clock, sleep: (_ms: number, signal?: AbortSignal) => aborted(signal!) };
  const parts = { folder: { ...folder, readInSlices: out }, schema: config.schema };
  const rules = await openRules({ ...parts, telemetry: silent, clock: never });
  const reloading = reload(rules, () => undefined);
  rules.close();
  expect((await reloading).parts).toEqual([]);
});

it('goes on from what is in force where a part could not be made durable', async () => {
  const names = Array.from({ length: 150 }, (_, i) => `r${i}`);
  write('a.rule', ...names.map((name) => rule(name, 'before')));
  const rules = await open();
  write('a.rule', ...names.map((name) => rule(name, 'after')));
  const taken: RulesPart[] = [];
  const failing = rules.reload((part, enter) => {
    if (taken.length > 0) return Promise.reject(new Error('stopped'));
    taken.push(part);
    enter();
    return Promise.resolve();
  });
  await expect(failing).rejects.toThrow('stopped');
  write('a.rule', ...names.map((name) => rule(name, 'again')));
  const { parts } = await reload(rules, () => undefined);
  expect(parts.flatMap((part) => part.rules.map(({ name }) => name)).toSorted()).toEqual(names.toSorted());
  expect(wanting(rules, 'again').length).toBe(names.length);
  expect(wanting(rules, 'before after')).toEqual([]);
});

it('starts with the rules that were in force last where the folder is invalid, and not at all where there were none', async () => {
  write('a.rule', rule('r', 'severty'), 'rule {');
  await expect(open()).rejects.toThrow(InvalidRules);
  write('a.rule', rule('r', 'alpha'));
  const rules = await open();
  write('a.rule', rule('r', 'beta'));
  await reload(rules, () => undefined);
  write('a.rule', 'rule {');
  const again = await open();
  expect(again.problem()).toContain('a.rule:1');
  expect(wanting(again, 'beta')).toEqual(['r']);
});
