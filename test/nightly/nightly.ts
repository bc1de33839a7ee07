/**
 * `npm run nightly`: simulation, fuzzers and chaos from fresh seeds, which are printed, then the benches, whose figures go to
 * HISTORY_FILE. It goes on after a failure and ends with 1 where there was one. `npm run nightly -- PART…` runs these parts alone;
 * an unknown name lists them.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { command, failuresOf, type Report } from './failures.ts';
import { figuresIn, HISTORY_FILE, remember, thisCommit, thisMachine } from './history.ts';
import { chosen, partsOfANight, type BenchPart, type Settings, type TestPart } from './parts.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs node to its end, with what it says on the screen. Gives its exit code, or the signal that ended it. */
function node(args: readonly string[], settings: Settings): number | string | null {
  const env = { ...process.env, ...settings };
  const { status, signal } = spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
  return status ?? signal;
}

const failure = (name: string, ended: number | string | null, again: string): string =>
  `FAILED ${name}: it ended with ${ended}\n  again: ${again}`;

function runTests(part: TestPart, folder: string): readonly string[] {
  const whole = command(part.settings, ['npx', 'vitest', 'run', ...part.args]);
  say(`== ${part.name}: ${whole}`);
  const report = join(folder, `${part.name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ended = node([VITEST, 'run', ...part.args, ...reporters], part.settings);
  if (ended === 0) return [];
  const failures = existsSync(report)
    ? failuresOf(JSON.parse(readFileSync(report, 'utf8')) as Report, part, ROOT)
    : [];
  return failures.length > 0 ? failures : [failure(part.name, ended, whole)];
}

function runBench({ name, file, settings }: BenchPart, folder: string): readonly string[] {
  const whole = command(settings, ['node', '--expose-gc', file]);
  say(`== ${name}: ${whole}`);
  const figures = join(folder, `${name}.ndjson`);
  const ended = node(['--expose-gc', file], { ...settings, TOCSIN_FIGURES: figures });
  const run = { bench: name, date: new Date().toISOString(), commit: thisCommit(), machine: thisMachine() };
  say(remember({ ...run, figures: figuresIn(figures) }, join(ROOT, HISTORY_FILE)));
  return ended === 0 ? [] : [failure(name, ended, whole)];
}

const PARTS = chosen(
  partsOfANight(process.env, () => randomInt(1, 1_000_000_000)),
  process.argv.slice(2),
);
const FOLDER = mkdtempSync(join(tmpdir(), 'tocsin-nightly-'));
try {
  const failures = PARTS.flatMap((part) =>
    part.kind === 'tests' ? runTests(part, FOLDER) : runBench(part, FOLDER),
  );
  for (const line of failures) say(line);
  say(failures.length === 0 ? 'all is well' : `${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(FOLDER, { recursive: true });
}
