/**
 * Measures Tocsin beside other engines, with a table on the screen and the figures as JSON in test/bench/results, from which
 * test/bench/docs.ts makes the page: `npm run bench -- WORKLOAD [--sizes=1,100] [--engines=PART,…] [--rounds=5] [--budget=1000]`.
 * Without arguments it lists the workloads. Compare ratios of one run, not figures of two.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { thisCommit } from '../../nightly/history.ts';
import { figure } from '../figure.ts';
import { buildPeers } from './build.ts';
import { IS_PINNED } from './engine-process.ts';
import { matchEngines, type MatchEngine } from './engines.ts';
import { measure, type Failed, type Measured } from './measure.ts';
import { exponentOf, RESULTS, type CaseResult, type Results } from './results.ts';
import { tableOf } from './table.ts';
import { workloads } from './workloads.ts';

const { values, positionals: WORKLOADS_ASKED } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '1,10,100,1000,10000,100000' },
    engines: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    budget: { type: 'string', default: '1000' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
/** An engine that is slower than this is not tried with more rules: a pass of 1,000 lines would take minutes. */
const SLOWEST_RATE = 2_000;

const NAME = WORKLOADS_ASKED[0];
const workload = NAME === undefined ? undefined : workloads[NAME];
if (NAME === undefined || workload === undefined) {
  for (const [name, { title, about }] of Object.entries(workloads))
    say(`${name.padEnd(18)}${title}. ${about}`);
  process.exitCode = NAME === undefined ? 0 : 1;
} else {
  const parts = values.engines.toLowerCase().split(',');
  const found = matchEngines(await buildPeers());
  for (const each of found) if ('missing' in each) say(`${each.name} is not measured: ${each.missing}`);
  const engines = found
    .filter((each): each is MatchEngine => !('missing' in each))
    .filter(({ name }, i) => i === 0 || parts.some((part) => name.toLowerCase().includes(part)));
  const settings = { rounds: Number(values.rounds), budgetMs: Number(values.budget), warmMs: 3_000 };
  const cases: CaseResult[] = [];
  say(`${workload.title}. ${workload.about}\n`);
  for (const each of workload.cases(values.sizes.split(',').map(Number))) {
    const tooSlow = slowOnes(cases.at(-1), NAME);
    const able = engines.filter(({ name }) => !tooSlow.some(({ engine }) => engine === name));
    const measured = await measure(each, able, each.expected, settings);
    cases.push({
      label: each.label,
      rules: each.rules.length,
      lines: each.lines.length,
      matchesALine: (each.expected.at(-1) ?? 0) / each.lines.length,
      engines: [...measured, ...tooSlow],
    });
    say(tableOf(cases.at(-1)!, engines));
    figures(cases.at(-1)!);
  }
  const results: Results = {
    workload: NAME,
    title: workload.title,
    about: workload.about,
    date: new Date().toISOString(),
    commit: thisCommit(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGib: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    isPinned: IS_PINNED,
    ...settings,
    notes: engines.map(({ name, note, matches }) => ({ engine: name, note, matches })),
    cases,
  };
  for (const { name } of engines) {
    const exponent = exponentOf(results, name);
    if (exponent !== undefined) say(`${name}: cost grows with rules ^ ${exponent.toFixed(2)}`);
  }
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${NAME}.json`), `${JSON.stringify(results, null, 2)}\n`);
}

/** Engines that were too slow for more rules, or failed. */
function slowOnes(before: CaseResult | undefined, name: string): readonly Failed[] {
  if (before === undefined || !['rules', 'constant-matches'].includes(name)) return [];
  return before.engines.flatMap((each) => {
    if ('failed' in each) return [each];
    const reason = `${Math.round(each.cpuRate)} lines/s with ${before.label} rules, not tried with more`;
    return each.cpuRate < SLOWEST_RATE ? [{ engine: each.engine, failed: reason }] : [];
  });
}

function figures({ label, engines }: CaseResult): void {
  for (const each of engines)
    if (!('failed' in each)) figure(`${label}, ${each.engine}: lines/s`, (each satisfies Measured).cpuRate);
}
