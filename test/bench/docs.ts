/**
 * Writes the figures of the last runs (test/bench/results) into docs/performance.md, between its marks, and the plot beside it:
 * `node test/bench/docs.ts`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { exponentOf, RESULTS, type CaseResult, type Results } from './peers/results.ts';
import { measuredOf, whole } from './peers/table.ts';
import { stateWorkloads } from './peers/state-workloads.ts';
import { matchWorkloads } from './peers/workloads.ts';
import { plot } from './plot.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const PAGE = join(DOCS, 'performance.md');
const PLOT = join(DOCS, 'performance.svg');
const MARKS = ['<!-- figures: node test/bench/docs.ts -->', '<!-- end of figures -->'] as const;

const RUNS = Object.keys({ ...matchWorkloads, ...stateWorkloads }).flatMap((name) => {
  const file = join(RESULTS, `${name}.json`);
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Results] : [];
});

await writePage();
const BY_RULES = RUNS.find(({ workload }) => workload === 'rules');
if (BY_RULES !== undefined) writeFileSync(PLOT, plotOf(BY_RULES));

async function writePage(): Promise<void> {
  const [before, rest] = readFileSync(PAGE, 'utf8').split(MARKS[0]);
  const after = rest?.split(MARKS[1])[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no marks`);
  const figures = RUNS.map(sectionOf).join('\n\n');
  const page = `${before}${MARKS[0]}\n\n${figures}\n\n${MARKS[1]}${after}`;
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

function sectionOf(run: Results): string {
  const { title, about, machine, date, commit, cases, rounds } = run;
  const engines = run.notes.map(({ engine }) => engine);
  const head = ['', ...engines.map((engine) => engine.replace(', ', ',<br>'))];
  const rows = [
    ...cases.map((each) => [each.label, ...engines.map((engine) => cellOf(each, engine, run))]),
    ...exponents(run, engines),
  ];
  const table = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
  const where = `${machine.cores} x ${machine.cpu}, ${machine.memoryGib} GiB, Node ${machine.node}, ${date.slice(0, 10)}, at ${commit}`;
  return `### ${title}\n\n${about}\n\n${table}\n\n${unlike(run)}\n\n${where}; medians of ${rounds} rounds.`;
}

/** Thousands of lines per second of CPU time, and how that compares with Tocsin. */
function cellOf(result: CaseResult, engine: string, { notes }: Results): string {
  const measured = measuredOf(result, engine);
  if (measured === undefined) return '–';
  const rate =
    measured.cpuRate >= 10_000 ? whole(measured.cpuRate / 1_000) : (measured.cpuRate / 1_000).toFixed(1);
  const isFirst = engine === notes[0]?.engine;
  const ratio = measured.timesReference;
  return isFirst || Number.isNaN(ratio) ? `${rate}k` : `${rate}k (${ratio.toFixed(ratio < 10 ? 1 : 0)} x)`;
}

function exponents(run: Results, engines: readonly string[]): readonly (readonly string[])[] {
  const found = engines.map((engine) => exponentOf(run, engine)?.toFixed(2) ?? '');
  return found.some((each) => each !== '') ? [['exponent', ...found]] : [];
}

/** Says where matches were not those of the rules, and what could not be measured. */
function unlike({ cases, notes }: Results): string {
  const isCounted = notes.some(({ matches }) => matches === 'same');
  const of = (engine: string): string | undefined => notes.find((note) => note.engine === engine)?.matches;
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const { label, engines } of cases)
    for (const found of engines) {
      const name = `${found.engine} with ${label}`;
      if ('failed' in found) missing.push(`${name}: ${found.failed}`);
      else if (of(found.engine) === 'same' && found.matches !== found.expected)
        wrong.push(`${name}: ${whole(found.matches)} matches, not ${whole(found.expected)}`);
    }
  const other = cases.flatMap((each) =>
    each.engines.flatMap((found) =>
      'failed' in found || of(found.engine) !== 'other' || found.expected === 0
        ? []
        : [found.matches / found.expected],
    ),
  );
  const more =
    other.length === 0
      ? ''
      : ` RSigma by parts of words: ${Math.min(...other).toFixed(1)} to ${Math.max(...other).toFixed(1)} times the matches.`;
  const equal =
    wrong.length === 0
      ? 'Matches are equal wherever whole words are looked for.'
      : `Matches are equal but for: ${wrong.join('; ')}.`;
  const unmeasured = missing.length === 0 ? '' : ` Not measured: ${missing.join('; ')}.`;
  return `${isCounted ? `${equal}${more}` : ''}${unmeasured}`.trim();
}

function plotOf(run: Results): string {
  const series = run.notes.map(({ engine }) => ({
    name: engine,
    points: run.cases.flatMap((each): (readonly [number, number])[] => {
      const measured = measuredOf(each, engine);
      return measured === undefined ? [] : [[each.rules, measured.cpuRate]];
    }),
  }));
  return plot(
    'Lines per second of CPU time by the number of rules',
    series.filter(({ points }) => points.length > 0),
  );
}
