/**
 * How far alerting keeps up where fifty rules match every line: `taskset -c 0 node test/bench/live.bench.ts [SECONDS] [LATENESS_S]`. Lines of an
 * order service come at a fixed rate, each with the time at which it is due. The time until a line is judged and durable, the memory, and
 * the CPU time a line. The lines are made on the same core.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startAlerting } from '../../src/app/pipeline/alerting.ts';
import { rulesInput } from '../../src/detect/input/input.ts';
import { openStateStore } from '../../src/detect/store/store.ts';
import type { Batch } from '../../src/event/batch.ts';
import { makeSchema } from '../../src/event/schema.ts';
import { silent } from '../../src/event/telemetry.ts';
import type { LogReader, LogSource } from '../../src/ingest/source.ts';
import { compileMatcher } from '../../src/match/matcher.ts';
import type { Ruleset } from '../../src/rule/ast.ts';
import { loadRuleTexts } from '../../src/rule/load.ts';
import { batchOf } from '../support/batches.ts';
import { rightClock } from '../support/clock.ts';
import { orderContext } from '../support/rule-context.ts';
import { figure } from './figure.ts';
import { orderLines } from './lines/order-lines.ts';
import { ORDER_SOURCE } from './peers/engines/decode-and-match.ts';
import { orderSchema } from './peers/order-schema.ts';
import { quietEngine } from './quiet-engine.ts';

const SECONDS = Number(process.argv[2] ?? 20);
const LATENESS_S = Number(process.argv[3] ?? 1);
const LINES_A_SECOND = 10_000;
const RULES = 50;
/** As many as a source reads at once. */
const BATCH_LINES_MAX = 2_000;
/** The first lines are not counted: they pay for the start. */
const WARM_UP_LINES = 50_000;
/** Alerts of rules that are side by side in practice. None of them fires here. */
const ALERTS = [
  'count >= 1000000 within 5m by service_exact',
  'count >= 1000000 within 5m',
  'count >= 1000 within 5m by host_exact',
  'max(status) >= 1000 within 5m by service_exact',
  'count >= 1000000 within 1m by service_exact',
];

/** The bytes of lines; the time stands at the beginning of each. */
const LINES = orderLines(20_000).lines.map((line) =>
  line.slice('{"@timestamp":"2025-01-01T00:00:00.000Z"'.length),
);

/** A source of which a line is due every tenth of a millisecond. */
function steadySource(beganMs: number): LogSource {
  let given = 0;
  const dueCount = (): number => Math.floor(((Date.now() - beganMs) * LINES_A_SECOND) / 1_000);
  const batch = (count: number): Batch => {
    const texts = Array.from({ length: count }, (_, i) => {
      const time = new Date(dueMs(beganMs, given + i)).toISOString();
      return `{"@timestamp":"${time}"${LINES[(given + i) % LINES.length]!}`;
    });
    const from = given;
    given += count;
    return batchOf(texts, from, {
      source: ORDER_SOURCE.name,
      offsets: Float64Array.from(texts, (_, i) => from + i),
      next: { offset: given, proof: '' },
      readAtMs: Date.now(),
      atEnd: given >= dueCount(),
    });
  };
  const reader: LogReader = {
    async next(waitMs) {
      // Timers get their turn also where it is behind.
      await setTimeout(given >= dueCount() ? Math.min(waitMs, 5) : 0);
      const due = Math.min(dueCount() - given, BATCH_LINES_MAX);
      return due > 0 ? batch(due) : undefined;
    },
    durable: () => undefined,
    partitions: () => [{ partition: 0, label: 'steady', atEnd: given >= dueCount() }],
    hold: () => undefined,
    close: () => Promise.resolve(),
  };
  return {
    name: ORDER_SOURCE.name,
    finite: false,
    open: () => Promise.resolve(reader),
    close: () => Promise.resolve(),
  };
}

const dueMs = (beganMs: number, line: number): number => beganMs + (line * 1_000) / LINES_A_SECOND;

const SCHEMA = makeSchema([
  ...orderSchema().fields,
  { name: 'host_exact', type: 'keyword', paths: ['host'] },
]);

function rulesetOf(): Ruleset {
  const text = Array.from(
    { length: RULES },
    (_, i) => `rule r${i} { when service:*  alert ${ALERTS[i % ALERTS.length]!} }\n`,
  );
  const { ruleset, diagnostics } = loadRuleTexts([{ file: 'live.rule', text: text.join('') }], {
    ...orderContext,
    schema: SCHEMA,
  });
  if (ruleset === undefined) throw new Error(JSON.stringify(diagnostics[0]));
  return ruleset;
}

interface Judged {
  lines: number;
  readonly delaysMs: number[];
  rssMax: number;
}

/** Notes batches as they become durable. */
function noting(beganMs: number): {
  readonly judged: Judged;
  readonly onRead: (read: { readonly events: number }) => void;
} {
  const judged: Judged = { lines: 0, delaysMs: [], rssMax: 0 };
  return {
    judged,
    onRead({ events }) {
      const now = Date.now();
      for (let i = 0; i < events; i += 1)
        if (judged.lines >= WARM_UP_LINES) judged.delaysMs.push(now - dueMs(beganMs, judged.lines + i));
      judged.lines += events;
      judged.rssMax = Math.max(judged.rssMax, process.memoryUsage.rss());
    },
  };
}

/** Runs for a while; returns the figures by their names. */
async function run(dir: string): Promise<Readonly<Record<string, number>>> {
  const store = openStateStore(join(dir, 'state.db'));
  const engine = quietEngine(store);
  const config = { ...ORDER_SOURCE, latenessMs: LATENESS_S * 1_000 };
  const ruleset = rulesetOf();
  const matcher = compileMatcher(ruleset);
  await engine.take(rulesInput(ruleset, [config], Date.now(), true));
  const beganMs = Date.now();
  const { judged, onRead } = noting(beganMs);
  const alerting = await startAlerting({
    sources: [{ config, source: steadySource(beganMs) }],
    schema: SCHEMA,
    store,
    engine,
    telemetry: silent,
    clock: rightClock(),
    matcher: () => matcher,
    onRead,
  });
  while (judged.lines < WARM_UP_LINES) await setTimeout(100);
  const [cpu, before] = [process.cpuUsage(), judged.lines];
  await setTimeout(SECONDS * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const lines = judged.lines - before;
  for (const loop of alerting.loops) loop.stop();
  await Promise.all(alerting.loops.map(({ ended }) => ended));
  await engine.close();
  store.close();
  const delaysMs = judged.delaysMs.toSorted((a, b) => a - b);
  const at = (share: number): number => delaysMs[Math.floor(delaysMs.length * share)] ?? Number.NaN;
  return {
    'lines/s': lines / SECONDS,
    'p50, ms': at(0.5),
    'p99, ms': at(0.99),
    'resident, MB': judged.rssMax / 1e6,
    'CPU time a line, µs': (user + system) / lines,
  };
}

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
try {
  for (const [name, value] of Object.entries(await run(DIR))) {
    figure(`50 rules on every line: ${name}`, value);
    process.stdout.write(`${name.padEnd(22)}${value.toFixed(1).padStart(10)}\n`);
  }
} finally {
  rmSync(DIR, { recursive: true });
}
