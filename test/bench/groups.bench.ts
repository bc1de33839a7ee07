/**
 * What a million live groups of `count >= 5 within 10m by order_id` cost, each with as many events as it can have without firing:
 * bytes a group, and matches a second. `node --expose-gc test/bench/groups.bench.ts [GROUPS] [EVENTS]`.
 */
import { createDetector } from '../../src/detect/detector.ts';
import type { BatchInput } from '../../src/detect/input.ts';
import type { Match } from '../../src/event/match.ts';
import { countRule, rulesetOf } from '../support/rules-by-hand.ts';

const groups = Number(process.argv[2] ?? 1_000_000);
const eventsEach = Number(process.argv[3] ?? 4);
const batchMatches = 2_000;
const startMs = Date.UTC(2026, 10, 23);

function batch(from: number): BatchInput {
  const matches = Array.from(
    { length: Math.min(batchMatches, groups * eventsEach - from) },
    (_, i): Match => {
      const n = from + i;
      const order = `ORD-${String(n % groups).padStart(8, '0')}`;
      return {
        rule: 'a_rule',
        conditions: ['when'],
        group: [order],
        timeMs: startMs + Math.floor(n / 20),
        position: { source: 'orders', partition: n % 3, offset: n },
        excerpt: `{"message":"order_timeout","order_id":"${order}"}`,
        fields: { order_id: [order] },
      };
    },
  );
  const lastTimeMs = matches.at(-1)!.timeMs;
  return {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: lastTimeMs,
    watermarkMs: lastTimeMs - 1_000,
    firstTimeMs: matches[0]!.timeMs,
    lastTimeMs,
    matches,
  };
}

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const detector = createDetector(rulesetOf(countRule(5, 600_000)), {
  sources: [{ name: 'orders', latenessMs: 1_000 }],
});
const before = usedBytes();
const begun = performance.now();
let stepMs = 0;
for (let from = 0; from < groups * eventsEach; from += batchMatches) {
  const input = batch(from);
  const at = performance.now();
  detector.step(input);
  stepMs += performance.now() - at;
}
detector.step({ kind: 'settle', untilMs: 'last' });
const bytes = usedBytes() - before;
const [report] = detector.report();
process.stdout.write(
  `${report!.groups} groups of ${eventsEach} events: ${(bytes / groups).toFixed(1)} B a group; ` +
    `${Math.round((groups * eventsEach) / (stepMs / 1000)).toLocaleString('en')} matches/s (${Math.round(performance.now() - begun)} ms in all)\n`,
);
