/**
 * The SQLite archive on one core: how fast `tocsin run` takes a file of JSON lines through alerting and into the archive, how much memory
 * that takes, and how long `tocsin search` then needs, its start included.
 * `node test/bench/sqlite.bench.ts [LINES] [CHECKOUT…]`: each other checkout is measured beside this one. 1 M lines take minutes and 3 GB.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { figure } from './figure.ts';
import { orderLines } from './lines/order-lines.ts';

const LINES = Number(process.argv[2] ?? 100_000);
const ROOT = resolve(import.meta.dirname, '../..');
const CHECKOUTS = [...process.argv.slice(3), ROOT];
const PORT = 7_391;
const LIMIT_MS = 600_000;
const SEARCH_ROUNDS = 3;
const LINES_AT_ONCE = 10_000;
/** Ticks of the clock in which the system counts CPU time. */
const TICK_MS = 10;
const CORE = ['taskset', '-c', '0'] as const;

const CONFIG = `sources: { orders: { file: { path: 'logs/*.log' } } }
fields:
  service: { type: keyword }
  level: { type: keyword, normalise: upper }
  order_id: { type: keyword }
  status: { type: keyword }
  user_id: { type: keyword }
  duration_ms: { type: double }
  host: { type: keyword }
  error.type: { type: keyword }
  message: { type: text }
search_fields: [level, message]
archive: { sqlite: { retention: 9999d } }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
http: { listen: '127.0.0.1:${PORT}' }
`;
const RULE = 'rule timeouts { when "order_timeout" AND level:ERROR  alert count >= 1000000 within 1m }\n';

/** Searches by what is special about them. */
const SEARCHES: Readonly<Record<string, readonly string[]>> = {
  'one order': ['order_id:ORD-4711'],
  'two words': ['"order_timeout" AND "circuit_open"'],
  'latest 50 of most lines': ['level:INFO', '--limit', '50'],
  'latest 50 by a range': ['duration_ms > 100', '--limit', '50'],
  'no line, an index that does not narrow': ['duration_ms > 99999'],
  'no line, two common conditions': ['level:ERROR AND duration_ms > 99999'],
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function writeLines(file: string): void {
  const { lines } = orderLines(LINES);
  const to = openSync(file, 'w');
  for (let from = 0; from < lines.length; from += LINES_AT_ONCE)
    writeSync(to, `${lines.slice(from, from + LINES_AT_ONCE).join('\n')}\n`);
  closeSync(to);
}

/** The figures of a process by the system: CPU time of all threads, and the most memory that was resident. */
function figuresOf(pid: number): { readonly cpuMs: number; readonly residentMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const [, kb] = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuMs: (user! + system!) * TICK_MS, residentMb: Number(kb) / 1_024 };
}

/** Counts by name in the metrics of the process; 0 while it does not answer. */
async function counted(names: readonly RegExp[]): Promise<readonly number[]> {
  const text = await fetch(`http://127.0.0.1:${PORT}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  return names.map((name) => Number(name.exec(text)?.[1] ?? 0));
}

const ALERTED = /^tocsin_events_in_total\{[^}]*reader="alert"[^}]*\} (\d+)/mu;
const ARCHIVED = /^tocsin_archive_written_total\{[^}]*created[^}]*\} (\d+)/mu;

async function archive(checkout: string, dir: string): Promise<void> {
  const [command, ...args] = [...CORE, process.execPath, join(checkout, 'src/main.ts'), 'run'];
  const begunMs = performance.now();
  const child = spawn(command, args, { cwd: dir, stdio: 'ignore' });
  let alertedMs: number | undefined;
  for (;;) {
    await delay(200);
    const [alerted, archived] = await counted([ALERTED, ARCHIVED]);
    const tookMs = performance.now() - begunMs;
    if (alerted === LINES) alertedMs ??= tookMs;
    if (archived === LINES && alertedMs !== undefined) break;
    if (tookMs > LIMIT_MS || child.exitCode !== null) throw new Error(`${archived} of ${LINES} lines`);
  }
  const archivedMs = performance.now() - begunMs;
  const { cpuMs, residentMb } = figuresOf(child.pid!);
  child.kill('SIGTERM');
  await once(child, 'exit');
  const rates = [alertedMs, archivedMs].map((ms) => LINES / ms);
  const bytes = statSync(join(dir, 'data/archive.db')).size / LINES;
  say(
    `  alerting ${rates[0]!.toFixed(1)}k lines/s, archive ${rates[1]!.toFixed(1)}k lines/s (${(archivedMs / 1_000).toFixed(1)} s), ` +
      `CPU ${((1_000 * cpuMs) / LINES).toFixed(1)} µs a line, resident ${residentMb.toFixed(0)} MB, ${bytes.toFixed(0)} bytes a line`,
  );
  if (checkout !== ROOT) return;
  figure('alerting beside the archive: lines/s', 1_000 * rates[0]!);
  figure('archive: lines/s', 1_000 * rates[1]!);
  figure('resident: MB', residentMb);
}

function search(checkout: string, dir: string): void {
  for (const [name, args] of Object.entries(SEARCHES)) {
    const times = Array.from({ length: SEARCH_ROUNDS }, () => {
      const begunMs = performance.now();
      execFileSync(process.execPath, [join(checkout, 'src/main.ts'), 'search', ...args], {
        cwd: dir,
        stdio: 'pipe',
        maxBuffer: 1 << 30,
      });
      return performance.now() - begunMs;
    });
    const ms = times.toSorted((a, b) => a - b)[times.length >> 1]!;
    if (checkout === ROOT) figure(`search, ${name}: ms`, ms);
    say(`  search, ${name}: ${ms.toFixed(0)} ms`);
  }
}

const TOP = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
try {
  const file = join(TOP, 'orders.log');
  writeLines(file);
  for (const [i, checkout] of CHECKOUTS.entries()) {
    const dir = join(TOP, String(i));
    mkdirSync(join(dir, 'rules'), { recursive: true });
    mkdirSync(join(dir, 'logs'));
    writeFileSync(join(dir, 'tocsin.yaml'), CONFIG.replace('logs/*.log', file));
    writeFileSync(join(dir, 'rules/bench.rule'), RULE);
    say(`${basename(checkout)}, ${LINES} lines`);
    await archive(checkout, dir);
    search(checkout, dir);
  }
} finally {
  rmSync(TOP, { recursive: true });
}
