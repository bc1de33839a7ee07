/**
 * How fast lines become matches, and how that depends on the number of rules: `node test/bench/match.bench.ts [LINES]`. Ratios within one
 * run are what to compare; absolute figures are the machine's. The rules of each size want the same few lines, so that what
 * is measured is the cost of having rules, not of matching.
 */
import type { SourceConfig } from '../../src/config/config.ts';
import type { MatchableLines } from '../../src/event/decoded-lines.ts';
import type { LineKernel } from '../../src/event/kernel/line-kernel.ts';
import { makeSchema } from '../../src/event/schema.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { compileMatcher } from '../../src/match/matcher.ts';
import type { Condition } from '../../src/rule/ast.ts';
import { makeBatch } from '../support/byte-batch.ts';
import { and, countAlert, field, or, ruleOf, value } from '../support/conditions.ts';
import { mulberry32 } from '../support/timelines.ts';
import { figure } from './figure.ts';

const VOCABULARY = 20_000;
const BATCH_LINES = 2_000;
const CLOCK_MS = Date.UTC(2026, 10, 23);

const next = mulberry32(42);
const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!;
const SERVICES = ['order-service', 'order-api', 'inventory-service', 'payment-service', 'pricing-service'];
const FAULTS = ['order_timeout', 'inventory_rollback', 'payment_declined', 'deadlock_detected'];
/** Word by rank; low ranks are common, as in running text. */
const word = (rank: number): string => `w${(rank * 7919).toString(36)}`;
const commonWord = (): string => word(Math.floor(VOCABULARY ** next()) - 1);

function line(i: number): string {
  const level = pick(['INFO', 'INFO', 'INFO', 'DEBUG', 'WARN', 'ERROR']);
  const words = Array.from({ length: 8 + Math.floor(next() * 18) }, commonWord);
  if (level === 'ERROR') words.splice(2, 0, pick(FAULTS));
  return JSON.stringify({
    '@timestamp': new Date(CLOCK_MS + i * 3).toISOString(),
    level,
    service: pick(SERVICES),
    host: `ip-10-${i % 256}-7`,
    trace_id: next().toString(16).slice(2) + next().toString(16).slice(2),
    order_id: `ORD-${Math.floor(next() * 1e6)}`,
    status: pick([200, 200, 201, 404, 500]),
    duration_ms: Math.round(next() * 250_000) / 100,
    message: words.join(' '),
    http: { method: 'GET', path: `/api/v1/orders/${Math.floor(next() * 1e6)}/items` },
  });
}

/** A rule with a word that no line has, beside words and values that many have. */
function condition(i: number): Condition {
  if (i === 0) return and(value('ERROR'), or(value('order_timeout'), value('inventory_rollback')));
  const rare = `absent_${i}`;
  const forms: readonly Condition[] = [
    and(value('error'), or(value(rare), value(`${rare}_too`))),
    and(field('service', pick(SERVICES)), value(rare)),
    value(`${word(i % 50)} ${rare}`),
    and(field('level', 'ERROR'), field('service', pick(SERVICES)), value(rare)),
  ];
  return forms[i % forms.length]!;
}

const schema = makeSchema(
  ['level', 'service', 'order_id', 'http.path', 'status', 'message'].map((name) => ({
    name,
    type:
      name === 'message' ? ('text' as const) : name === 'status' ? ('long' as const) : ('keyword' as const),
    paths: [name],
  })),
  ['level', 'message'],
);

const source: SourceConfig = {
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 30_000,
};

/** Seconds of the fastest of three runs. */
function fastest(run: () => void): number {
  const seconds = [1, 2, 3].map(() => {
    const from = performance.now();
    run();
    return (performance.now() - from) / 1000;
  });
  return Math.min(...seconds);
}

const LINES = Array.from({ length: Number(process.argv[2] ?? 50_000) }, (_, i) => line(i));
const BATCHES = Array.from({ length: Math.ceil(LINES.length / BATCH_LINES) }, (_, i) =>
  makeBatch(LINES.slice(i * BATCH_LINES, (i + 1) * BATCH_LINES), { readAtMs: CLOCK_MS }),
);
const BYTES = BATCHES.reduce((sum, batch) => sum + batch.bytes.length, 0);

function decoded(kernel: LineKernel | undefined, use: (lines: MatchableLines) => void): void {
  const decoder = createDecoder(source, schema);
  let timing: string | undefined;
  for (const batch of BATCHES) {
    const result = decoder.decode(batch, timing, kernel);
    timing = result.timing;
    use(result);
  }
}

const report = (label: string, seconds: number, base: number, note = ''): void => {
  figure(`${label}: events/s`, LINES.length / seconds);
  figure(`${label}: times decoding alone`, seconds / base);
  const rate = Math.round(LINES.length / seconds).toLocaleString('en');
  process.stdout.write(
    `${label.padEnd(22)}${rate.padStart(10)} events/s  ${(seconds / base).toFixed(2)} x ${note}\n`,
  );
};

process.stdout.write(
  `${LINES.length} lines of ${Math.round(BYTES / LINES.length)} bytes; time against decoding alone\n`,
);
const NO_RULES = compileMatcher({ rules: [], schema });
const BASE = fastest(() => decoded(NO_RULES.kernel, () => undefined));
report('decode', BASE, BASE);
for (const COUNT of [1, 100, 1_000, 10_000]) {
  const rules = Array.from({ length: COUNT }, (_, i) =>
    ruleOf(`r${i}`, { when: condition(i), alert: countAlert(['service']) }),
  );
  const matcher = compileMatcher({ rules, schema });
  let matches = 0;
  const seconds = fastest(() => {
    matches = 0;
    decoded(matcher.kernel, (lines) => (matches += matcher.matchLines(lines).columns.length));
  });
  report(`decode, ${COUNT} rules`, seconds, BASE, `(${matches} matches)`);
}
