/**
 * The state of a detector with a rule of every form, in the midst of events, as a snapshot. Kept for each format
 * (test/fixtures/checkpoints), so that a change of the layout is noticed. `node test/support/save-checkpoint.ts` writes that of today's.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createDetector } from '../../src/detect/detector.ts';
import type { BatchInput } from '../../src/detect/input/input.ts';
import { CHECKPOINT_FORMAT } from '../../src/detect/checkpoint.ts';
import type { Match } from '../../src/event/match.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { aggregate, comparison, countOf, measureOf, ruleOf, rulesetOf, span } from './rules-by-hand.ts';

const named = (...names: readonly string[]) => names.map((name) => ({ name, span }));
const [BY, within] = [named('service'), { ms: 10_000, span }];
const [state, paid] = [named('state')[0]!, { kind: 'word', text: 'PAID', span } as const];

function rulesOfEveryForm(): readonly Rule[] {
  const usual = { kind: 'baseline', factor: 2, factorText: '2', over: { ms: 40_000, span }, span } as const;
  const [first, then, until] = named('a', 'b', 'u');
  const of = (name: string, alert: Rule['alert'], hasWhen: boolean, clauses = {}): Rule =>
    ruleOf(alert, { name, ...clauses }, hasWhen);
  return [
    of('counted', aggregate([comparison(countOf(), '>=', 2)], 10_000), true, { cooldownMs: 4_000 }),
    of('each', aggregate([comparison(countOf('a'), '>', 2)], 10_000), true, { resolveNever: true }),
    of('measured', aggregate([comparison(measureOf('p95', 'amount'), '>', 3)], 10_000), true, {
      forMs: 3_000,
    }),
    of('surge', aggregate([comparison(measureOf('sum', 'amount'), '>', usual)], 10_000), true),
    of(
      'few',
      { ...aggregate([comparison(countOf(), '<', 4)], 10_000), seenWithin: { ms: 20_000, span } },
      true,
    ),
    of(
      'ghost',
      { kind: 'not_followed_by', first: first!, then: then!, within, by: BY, skew: { ms: 50, span }, span },
      false,
    ),
    of('flips', { kind: 'then', steps: named('a', 'b', 'a'), within, by: BY, until: until!, span }, false),
    of('both', { kind: 'all_of', steps: named('a', 'b', 'c'), within, by: BY, span }, false),
    of('stuck', { kind: 'stays', field: state, value: paid, during: within, by: BY, span }, true),
    of('back', { kind: 'changes', field: state, to: paid, within, by: BY, span }, true, {
      resolveNever: true,
    }),
    of('unknown', { kind: 'new', field: state, within, by: BY, span }, true, { resolveNever: true }),
    of('dead', { kind: 'nothing', during: within, by: [], span }, true),
  ];
}

/** What one partition says in one batch: an event a second, of three services in turn; the second partition lags behind. */
function batchOf(rules: readonly Rule[], partition: number, fromMs: number): BatchInput {
  const times = Array.from({ length: 6 }, (_, i) => fromMs + i * 1_000);
  const matches = times.flatMap((timeMs, i) =>
    rules.map(({ name, when, alert }): Match => {
      const n = timeMs / 1_000 + partition;
      return {
        rule: name,
        conditions: [...(when === undefined ? [] : ['when']), ['a', 'b', 'c', 'a', 'u'][n % 5]!],
        group: alert.by.length === 0 ? [] : [['pay', 'cart', '订单'][n % 3]!],
        timeMs,
        position: { source: 'orders', partition, offset: fromMs + i },
        shown: { excerpt: `line ${n}`, fields: { state: ['NEW'] } },
        values: { amount: [n % 7, 0.1], state: [n % 4 < 3 ? 'PAID' : `S${n % 11}`] },
      };
    }),
  );
  const lastTimeMs = times.at(-1)!;
  return {
    kind: 'batch',
    source: 'orders',
    partition,
    clockMs: lastTimeMs,
    matches,
    watermarkMs: lastTimeMs - 1_000,
    firstTimeMs: fromMs,
    lastTimeMs,
  };
}

/** The parts of the snapshot that today's detector gives of it. */
export function checkpointOfEveryForm(): readonly Uint8Array[] {
  const rules = rulesOfEveryForm();
  const detector = createDetector(rulesetOf(...rules), { sources: [{ name: 'orders', latenessMs: 1_000 }] });
  detector.step({ kind: 'partitions', source: 'orders', partitions: [0, 1] });
  for (let fromMs = 0; fromMs < 60_000; fromMs += 6_000) {
    detector.step(batchOf(rules, 0, fromMs + 9_000));
    detector.step(batchOf(rules, 1, fromMs));
  }
  return [...detector.checkpoint()];
}

const folder = new URL('../fixtures/checkpoints/', import.meta.url);

/** The parts that are kept under this name, one a line in base64. */
export function keptCheckpoint(name: string): readonly Uint8Array[] {
  const lines = readFileSync(new URL(`${name}.txt`, folder), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

if (import.meta.main) {
  const lines = checkpointOfEveryForm().map((part) => `${Buffer.from(part).toString('base64')}\n`);
  writeFileSync(new URL(`${CHECKPOINT_FORMAT}.txt`, folder), lines.join(''));
}
