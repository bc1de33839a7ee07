/**
 * Measures Tocsin beside other engines, with a table on the screen and the figures as JSON in test/bench/results, from which
 * test/bench/docs.ts makes the page: `npm run bench -- WORKLOAD [--sizes=1,100] [--engines=PART,…] [--rounds=5] [--budget=1000]
 * [--warm=3000]`, the last two in ms of CPU time.
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
import { matchEngines, stateEngines, type Engine, type Missing } from './engines.ts';
import { measure, type Failed, type Measured } from './measure.ts';
import { exponentOf, RESULTS, type CaseResult, type Results } from './results.ts';
import { tableOf } from './table.ts';
import { stateWorkloads } from './state-workloads.ts';
import { matchWorkloads, type Workload } from './workloads.ts';

const { values, positionals: WORKLOADS_ASKED } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '1,10,100,1000,10000,100000' },
    engines: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    budget: { type: 'string', default: '1000' },
    warm: { type: 'string', default: '3000' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
/** An engine that is slower than this is not tried with more rules: a pass of 1,000 lines would take minutes. */
const SLOWEST_RATE = 2_000;

const NAME = WORKLOADS_ASKED[0] ?? '';
if (matchWorkloads[NAME] !== undefined)
  await runWorkload(NAME, matchWorkloads[NAME], matchEngines(await buildPeers()));
else if (stateWorkloads[NAME] !== undefined)
  await runWorkload(NAME, stateWorkloads[NAME], stateEngines(await buildPeers()));
else {
  for (const [name, { title, about }] of Object.entries({ ...matchWorkloads, ...stateWorkloads }))
    say(`${name.padEnd(18)}${title}. ${about}`);
  process.exitCode = NAME === '' ? 0 : 1;
}

async function runWorkload<Asked>(
  name: string,
  workload: Workload<Asked>,
  found: readonly (Engine<Asked> | Missing)[],
): Promise<void> {
  const settings = {
    rounds: Number(values.rounds),
    budgetMs: Number(values.budget),
    warmMs: Number(values.warm),
  };
  const engines = chosen(found);
  const cases: CaseResult[] = [];
  const about = {
    workload: name,
    title: workload.title,
    about: workload.about,
    date: new Date().toISOString(),
    commit: thisCommit(),
    machine: machine(),
    isPinned: IS_PINNED,
    notes: engines.map((engine) => ({ engine: engine.name, note: engine.note, matches: engine.matches })),
  };
  say(`${workload.title}. ${workload.about}\n`);
  for (const each of workload.cases(values.sizes.split(',').map(Number))) {
    const tooSlow = slowOnes(cases.at(-1), name);
    const able = engines.filter((engine) => !tooSlow.some((slow) => slow.engine === engine.name));
    const { label, rules, lines, expected } = each;
    const result: CaseResult = {
      label,
      rules,
      lines: lines.length,
      ...(expected.length > 0 && { matchesALine: expected.at(-1)! / lines.length }),
      engines: [...(await measure(each, able, settings)), ...tooSlow],
    };
    cases.push(result);
    say(tableOf(result, engines));
    figures(result);
    // After each case, so that a run that is ended keeps those that it has.
    write({ ...about, ...settings, cases });
  }
  for (const { engine } of about.notes) {
    const exponent = exponentOf({ cases }, engine);
    if (exponent !== undefined) say(`${engine}: cost grows with rules ^ ${exponent.toFixed(2)}`);
  }
}

/** The engines whose names have a part that was asked for, and Tocsin. Says which cannot be had here. */
function chosen<Asked>(found: readonly (Engine<Asked> | Missing)[]): readonly Engine<Asked>[] {
  const parts = values.engines.toLowerCase().split(',');
  return found.flatMap((each, i) => {
    if ('missing' in each) say(`${each.name} is not measured: ${each.missing}`);
    if ('missing' in each) return [];
    return i === 0 || parts.some((part) => each.name.toLowerCase().includes(part)) ? [each] : [];
  });
}

function machine(): Results['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

function write(results: Results): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${results.workload}.json`), `${JSON.stringify(results, null, 2)}\n`);
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
