/**
 * Logs whose alerts are known, through `tocsin backtest --json`: reads them, disturbs the order in which they arrive, and gives the
 * episodes. Sets that may not be shipped are looked for in the folder TOCSIN_DATA.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { seeded } from './timelines.ts';
import { tocsin } from './tocsin.ts';

/** Folder of a set, or undefined where this machine does not have it. */
export function dataFolder(name: string): string | undefined {
  const root = process.env['TOCSIN_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data');
  const folder = join(root, name);
  return existsSync(folder) ? folder : undefined;
}

/** Lines of a text file or its `.gz`, without line ends. */
export function linesOf(path: string): string[] {
  const bytes = readFileSync(path);
  const lines = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split(/\r?\n/u);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** An NDJSON file, or its `.gz`. */
export function recordsOf<T>(path: string): T[] {
  return linesOf(path).map((line) => JSON.parse(line) as T);
}

/** By time, equal times in their order. */
export function inTimeOrder(lines: readonly string[], timeOf: (line: string) => number): string[] {
  return lines
    .map((line) => ({ line, timeMs: timeOf(line) }))
    .sort((a, b) => a.timeMs - b.timeMs)
    .map(({ line }) => line);
}

/**
 * Lines in time order as they arrive when each takes a random time below `latenessMs`; equal times keep their order. None of them is
 * too late then.
 */
export function arriving(
  lines: readonly string[],
  timeOf: (line: string) => number,
  latenessMs: number,
  seed: number,
): string[] {
  const random = seeded(seed);
  const arrivals: { readonly line: string; readonly atMs: number }[] = [];
  for (const together of runsOf(lines, timeOf)) {
    const delays = together.lines.map(() => (random.below(1_000_000) * latenessMs) / 1_000_000);
    delays.sort((a, b) => a - b);
    for (const [i, line] of together.lines.entries())
      arrivals.push({ line, atMs: together.timeMs + delays[i]! });
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs).map(({ line }) => line);
}

function runsOf(
  lines: readonly string[],
  timeOf: (line: string) => number,
): { readonly timeMs: number; readonly lines: string[] }[] {
  const runs: { readonly timeMs: number; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const timeMs = timeOf(line);
    if (runs.at(-1)?.timeMs === timeMs) runs.at(-1)!.lines.push(line);
    else runs.push({ timeMs, lines: [line] });
  }
  return runs;
}

/** Time of a JSON line's `@timestamp`. */
export function timestampOf(line: string): number {
  return Date.parse(/"@timestamp": ?"([^"]+)"/u.exec(line)?.[1] ?? '');
}

/** A line of `backtest --json`. */
export interface EpisodeLine {
  readonly rule: string;
  readonly group: Readonly<Record<string, string>>;
  readonly state: string;
  readonly pendingAt?: string;
  readonly firedAt?: string;
  readonly resolvedAt?: string;
  readonly reason?: string;
  readonly count: number;
  readonly suppressed: number;
  readonly alertId: string;
  readonly firstEvent: { readonly position: string; readonly '@timestamp': string };
}

export interface Backtest {
  readonly episodes: readonly EpisodeLine[];
  readonly summary: Readonly<Record<string, number>>;
}

/** A folder with a configuration of one source and its rules, to replay lines in. */
export interface Bench {
  replay(lines: readonly string[]): Promise<Backtest>;
  close(): void;
}

/** `fields` and `source` are YAML of the configuration; a source reads JSON lines by default. */
export function openBench(options: {
  readonly fields: readonly string[];
  readonly lateness: string;
  readonly rules: string;
  readonly decoding?: string;
}): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-truth-'));
  mkdirSync(join(dir, 'rules'));
  writeFileSync(join(dir, 'rules/truth.rule'), options.rules);
  writeFileSync(
    join(dir, 'tocsin.yaml'),
    `
sources:
  logs:
    file: { path: '*.log' }
    ${options.decoding ?? "decode: json\n    timestamp: { field: '@timestamp', format: iso8601 }"}
    lateness: ${options.lateness}
fields:
${options.fields.map((field) => `  ${field}`).join('\n')}
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  return {
    async replay(lines) {
      writeFileSync(join(dir, 'input.log'), `${lines.join('\n')}\n`);
      const { code, stdout, stderr } = await tocsin(['backtest', '--json', '--input', 'input.log'], {
        cwd: dir,
      });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const printed = stdout.trimEnd().split('\n');
      const { summary } = JSON.parse(printed.at(-1)!) as Pick<Backtest, 'summary'>;
      return { episodes: printed.slice(0, -1).map((line) => JSON.parse(line) as EpisodeLine), summary };
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Episodes without what depends on where a line stands: positions, and the ids made from them. In one order of their own. */
export function whatHappened({ episodes }: Backtest): string[] {
  return episodes
    .map(({ alertId: _, firstEvent, ...rest }) => JSON.stringify([rest, firstEvent['@timestamp']]))
    .sort();
}
