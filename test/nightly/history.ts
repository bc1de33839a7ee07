/** The figures of benches, run after run: a line of JSON each, in a file that git ignores. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export const HISTORY_FILE = 'bench-history.ndjson';

export type Figures = Readonly<Record<string, number>>;

export interface BenchRun {
  readonly bench: string;
  /** ISO 8601. */
  readonly date: string;
  /** Ends with `-dirty` where files differed from it. */
  readonly commit: string;
  /** Figures of different machines say nothing of each other. */
  readonly machine: string;
  readonly figures: Figures;
}

export function thisMachine(): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${gibibytes} GiB, Node ${process.version}`;
}

export function thisCommit(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
}

/** The figures that a bench has written, a line each (test/bench/figure.ts); the last of a name counts. */
export function figuresIn(file: string): Figures {
  return Object.assign({}, ...linesOf(file)) as Figures;
}

/** Writes the run down. Gives lines for people: each figure beside that of the last run on the same machine. */
export function remember(run: BenchRun, file: string): string {
  const before = (linesOf(file) as readonly BenchRun[]).findLast(
    ({ bench, machine }) => bench === run.bench && machine === run.machine,
  );
  appendFileSync(file, `${JSON.stringify(run)}\n`);
  const shown = Object.entries(run.figures).map(([name, value]) => {
    const was = before?.figures[name];
    return `${name} ${value}${was === undefined || was === 0 ? '' : ` (${percent(value / was - 1)})`}`;
  });
  return [run.bench, ...shown].join('\n  ');
}

const percent = (change: number): string => `${change < 0 ? '' : '+'}${Math.round(100 * change)} %`;

function linesOf(file: string): readonly object[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as object);
}
