/**
 * What a flood of the pages costs the stream: 2,000 half-open connections that come again when they are cut off, and 10,000 requests, while
 * the thread that answers does what the pipeline's thread does. Prints its longest wait, and whether files can be opened and /healthz answers.
 * `node test/bench/pages.bench.ts [CONNECTIONS] [REQUESTS]`; the wait is to be 20 ms at the most, on a
 * machine that does nothing else.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { startHttp } from '../../src/operate/http.ts';
import { createLog } from '../../src/operate/log.ts';
import { createMetrics, createTelemetry } from '../../src/operate/metrics.ts';
import { measureTurns } from '../support/turns.ts';
import { figure } from './figure.ts';

const RULES = 1_000;
const AT_ONCE = 50;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** In a process of its own: its work is not the pages'. */
async function flood(url: string, connections: number, requests: number): Promise<void> {
  const { hostname, port } = new URL(url);
  let isOver = false;
  const hold = (): void => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined).on('connect', () => socket.write('GET /healthz HT'));
    socket.on('close', () => setTimeout(() => isOver || hold(), 200)).resume();
  };
  for (let i = 0; i < connections; i += 1) hold();
  await delay(1_000);
  const paths = ['/healthz', '/readyz', '/metrics', '/alerts/0123456789abcdef'];
  const answers = new Map<number | string, number>();
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < requests) {
      sent += 1;
      const status = await fetch(url + paths[sent % paths.length]!, {
        signal: AbortSignal.timeout(30_000),
      }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 'none',
      );
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const health = await fetch(`${url}/healthz`).then(
    ({ status }) => status,
    () => 'none',
  );
  isOver = true;
  say(
    `answers: ${JSON.stringify(Object.fromEntries(answers))}; /healthz at the end, connections still held: ${health}`,
  );
  process.exit(0);
}

/** A flood comes from other machines: where it can be, it is kept off the first core. */
function elsewhere(): readonly string[] {
  const last = availableParallelism() - 1;
  const isThere = last > 0 && spawnSync('taskset', ['--version']).status === 0;
  return isThere ? ['taskset', '-c', `1-${last}`] : [];
}

async function measure(connections: number, requests: number): Promise<void> {
  const metrics = createMetrics({ process: true });
  const log = createLog({ level: 'silent', version: 'bench' });
  const telemetry = createTelemetry(log, metrics);
  for (let i = 0; i < RULES; i += 1) {
    telemetry.count('events_matched', { rule: `rule_${i}` }, i);
    telemetry.gauge('live_groups', { rule: `rule_${i}` }, i);
  }
  const checks = Array.from({ length: 50 }, (_, i) => ({ name: `check ${i}`, ok: true, fatal: false }));
  const alert = (): object => ({ samples: Array.from({ length: 5 }, () => 'x'.repeat(2_000)) });
  const listen = { host: '127.0.0.1', port: 0 };
  const server = await startHttp({
    listen,
    metrics,
    ready: () => checks,
    alert,
    log,
    defect: () => undefined,
  });
  let unopened = 0;
  let opened = 0;
  const files = setInterval(() => {
    try {
      closeSync(openSync(import.meta.filename, 'r'));
      opened += 1;
    } catch {
      unopened += 1;
    }
  }, 10);
  const wait = monitorEventLoopDelay({ resolution: 1 });
  const longest = async (what: string, during: () => Promise<unknown>): Promise<void> => {
    wait.reset();
    wait.enable();
    const begunMs = performance.now();
    await during();
    wait.disable();
    figure(`${what}, longest wait: ms`, wait.max / 1e6);
    const [max, p99] = [wait.max, wait.percentile(99)].map((ns) => (ns / 1e6).toFixed(1));
    say(
      `${what}: longest wait ${max} ms, 99 % ${p99} ms, in ${((performance.now() - begunMs) / 1_000).toFixed(1)} s`,
    );
  };
  await longest('nobody asks', () => delay(5_000));
  const flooded = async (): Promise<void> => {
    const args = [import.meta.filename, 'flood', server.url, String(connections), String(requests)];
    const [command, ...before] = [...elsewhere(), process.execPath];
    const child = spawn(command, [...before, ...args], { stdio: 'inherit' });
    await once(child, 'exit');
  };
  await longest('flooded', flooded);
  // What a busy machine adds is left out here: the pages are to blame for this alone.
  const turns = measureTurns();
  await flooded();
  figure('flooded, longest turn: ms of CPU', turns.longestMs());
  say(`flooded once more: longest turn ${turns.longestMs().toFixed(1)} ms of the thread's own CPU time`);
  clearInterval(files);
  say(`files opened meanwhile: ${opened}, not: ${unopened}`);
  await server.close();
}

const [FIRST, ...REST] = process.argv.slice(2);
if (FIRST === 'flood') await flood(REST[0]!, Number(REST[1]), Number(REST[2]));
else await measure(Number(FIRST ?? 2_000), Number(REST[0] ?? 10_000));
