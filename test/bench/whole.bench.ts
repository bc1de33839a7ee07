/**
 * What alerting as a whole costs beside decoding and matching alone: `node test/bench/whole.bench.ts [ROUNDS]`. The same lines of an order
 * service go through both by turns, with 1, 100 and 1,000 rules; `whole` adds the detector and the journal on a disk. CPU time of all
 * threads; medians of the ratios within a round.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAlerting } from '../../src/app/pipeline/alerting.ts';
import { rulesInput } from '../../src/detect/input/input.ts';
import { openStateStore } from '../../src/detect/store/store.ts';
import type { Batch } from '../../src/event/batch.ts';
import { silent } from '../../src/event/telemetry.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import type { LogReader, LogSource } from '../../src/ingest/source.ts';
import { compileMatcher, type Matcher } from '../../src/match/matcher.ts';
import type { Ruleset } from '../../src/rule/ast.ts';
import { batchOf } from '../support/batches.ts';
import { rightClock } from '../support/clock.ts';
import { countAlert, ruleOf } from '../support/conditions.ts';
import { figure } from './figure.ts';
import { orderLines } from './lines/order-lines.ts';
import { orderRules } from './lines/order-rules.ts';
import { ORDER_SOURCE } from './peers/engines/decode-and-match.ts';
import { conditionOf } from './peers/languages/tocsin.ts';
import { orderSchema } from './peers/order-schema.ts';
import { quietEngine } from './quiet-engine.ts';

const ROUNDS = Number(process.argv[2] ?? 7);
/** As many as a source reads at once. */
const BATCH_LINES = 2_000;
/** Later than every line. */
const READ_AT_MS = Date.UTC(2026, 0, 1);
const RULES = process.argv[3]?.split(',').map(Number) ?? [1, 100, 1_000];

const CORPUS = orderLines();
const BATCHES = Array.from({ length: Math.ceil(CORPUS.lines.length / BATCH_LINES) }, (_, i): Batch => {
  const texts = CORPUS.lines.slice(i * BATCH_LINES, (i + 1) * BATCH_LINES);
  return batchOf(texts, 0, {
    source: ORDER_SOURCE.name,
    offsets: Float64Array.from(texts, (_text, n) => i * BATCH_LINES + n),
    next: { offset: i * BATCH_LINES + texts.length, proof: '' },
    readAtMs: READ_AT_MS,
    atEnd: false,
  });
});
const SCHEMA = orderSchema();

function rulesetOf(count: number): Ruleset {
  const rules = orderRules(count, CORPUS).map((wanted, i) =>
    ruleOf(`r${i}`, { when: conditionOf(wanted), alert: countAlert(['service_exact']), from: ['orders'] }),
  );
  return { rules, schema: SCHEMA };
}

/** Decodes and matches all lines. Returns the number of matches. */
function matchAll(matcher: Matcher): number {
  const decoder = createDecoder(ORDER_SOURCE, SCHEMA);
  let timing: string | undefined;
  let matches = 0;
  for (const batch of BATCHES) {
    const decoded = decoder.decode(batch, timing, matcher.kernel);
    timing = decoded.timing;
    const matched = matcher.matchLines(decoded);
    matches += matched.columns.length;
    matched.leaveBatch();
  }
  return matches;
}

/** A source that has all batches at hand. */
function memorySource(): LogSource {
  let next = 0;
  const reader: LogReader = {
    next: () => Promise.resolve(BATCHES[next++]),
    durable: () => undefined,
    partitions: () => [
      { partition: 0, label: 'memory', atEnd: next >= BATCHES.length, ended: next > BATCHES.length },
    ],
    hold: () => undefined,
    close: () => Promise.resolve(),
  };
  return {
    name: ORDER_SOURCE.name,
    finite: true,
    open: () => Promise.resolve(reader),
    close: () => Promise.resolve(),
  };
}

interface Cost {
  readonly matches: number;
  readonly cpuMs: number;
}

async function costOf(run: () => number | Promise<number>): Promise<Cost> {
  const before = process.cpuUsage();
  const matches = await run();
  const { user, system } = process.cpuUsage(before);
  return { matches, cpuMs: (user + system) / 1_000 };
}

/** Decodes, matches, judges and makes durable, as `tocsin run` does. */
async function wholeOf(matcher: Matcher, ruleset: Ruleset): Promise<Cost> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const store = openStateStore(join(dir, 'state.db'));
  const engine = quietEngine(store);
  await engine.take(rulesInput(ruleset, [ORDER_SOURCE], 0));
  let matches = 0;
  const telemetry = {
    ...silent,
    count(name: string, _labels: unknown, by: number) {
      if (name === 'events_matched') matches += by;
    },
  };
  const cost = await costOf(async () => {
    const { ended } = await startAlerting({
      sources: [{ config: ORDER_SOURCE, source: memorySource() }],
      schema: SCHEMA,
      store,
      engine,
      telemetry,
      clock: rightClock(),
      matcher: () => matcher,
    });
    await ended;
    return matches;
  });
  await engine.close();
  store.close();
  rmSync(dir, { recursive: true });
  return cost;
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)]!;

const LINES = CORPUS.lines.length;
process.stdout.write('rules     matches a line    part, µs a line    whole, µs a line    share\n');
for (const count of RULES) {
  const ruleset = rulesetOf(count);
  const matcher = compileMatcher(ruleset);
  const rounds: { readonly part: Cost; readonly whole: Cost }[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const part = await costOf(() => matchAll(matcher));
    const whole = await wholeOf(matcher, ruleset);
    if (part.matches !== whole.matches) throw new Error('matches differ');
    // The first round warms up.
    if (round >= 0) rounds.push({ part, whole });
  }
  const us = (cost: (of: (typeof rounds)[number]) => Cost): number =>
    (median(rounds.map((each) => cost(each).cpuMs)) / LINES) * 1_000;
  const share = median(rounds.map(({ part, whole }) => part.cpuMs / whole.cpuMs)) * 100;
  figure(`${count} rules, whole of decode and match (%)`, share);
  const cells = [
    String(count).padEnd(10),
    (rounds[0]!.part.matches / LINES).toFixed(3).padEnd(18),
    us(({ part }) => part)
      .toFixed(2)
      .padEnd(19),
    us(({ whole }) => whole)
      .toFixed(2)
      .padEnd(20),
    `${share.toFixed(0)} %`,
  ];
  process.stdout.write(`${cells.join('')}\n`);
}
