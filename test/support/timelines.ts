/** Random rules and timelines for the engine's property tests: small numbers, so that ties and exact ends are common. Seeded. */
import type { Value } from '../../src/event/event.ts';
import type { Match } from '../../src/event/match.ts';
import type { Comparison, LetRef, Literal, Rule } from '../../src/rule/ast.ts';
import type { DetectInput } from '../../src/detect/input.ts';
import type { OracleEvent } from './oracle.ts';
import { aggregate, comparison, countOf, measureOf, ruleOf, span } from './rules-by-hand.ts';

export interface Random {
  /** A whole number in [0, below). */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  chance(percent: number): boolean;
}

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    chance: (percent) => below(100) < percent,
  };
}

export const latenessMs = 8;

export interface Timeline {
  readonly events: readonly OracleEvent[];
  /** The same events as they arrive: rows of a match log, in batches cut at random. */
  readonly inputs: readonly DetectInput[];
}

export function randomAggregateRule(random: Random): Rule {
  const measure = (): Comparison['left'] => {
    const simple = random.pick([
      countOf(),
      countOf(),
      countOf('failed'),
      measureOf('distinct', 'user'),
      measureOf('sum', 'amount'),
      measureOf('avg', 'amount'),
      measureOf(random.pick(['min', 'max', 'p50', 'p90', 'p95', 'p99']), 'amount'),
    ]);
    return random.chance(15)
      ? { kind: 'ratio', numerator: simple, denominator: random.pick([countOf(), countOf('failed')]), span }
      : simple;
  };
  const withinMs = 1 + random.below(15);
  /** Above or below what was usual, on either side. */
  const unusual = (): Comparison => {
    const over = { ms: withinMs + random.below(withinMs * 6), span };
    const factor = random.pick([0.5, 1, 1.5, 2]);
    const usual = { kind: 'baseline', factor, factorText: String(factor), over, span } as const;
    const op = random.pick(['>', '>', '>=', '<', '<='] as const);
    return random.chance(80) ? comparison(measure(), op, usual) : { left: usual, op, right: measure(), span };
  };
  const hasBaseline = random.chance(25);
  const onlyCounts = !hasBaseline && random.chance(50);
  const comparisons = Array.from({ length: random.chance(20) ? 2 : 1 }, () =>
    onlyCounts
      ? comparison(random.pick([countOf(), countOf('failed')]), random.pick(['>', '>=']), 1 + random.below(3))
      : hasBaseline && random.chance(80)
        ? unusual()
        : comparison(measure(), random.pick(['>', '>=', '<', '<=', '==']), random.below(4)),
  );
  const resolveNever = random.chance(30);
  const spec = aggregate(comparisons, withinMs, random.chance(15) ? [] : ['service']);
  const seenWithin = random.chance(50) ? { seenWithin: { ms: withinMs + 1 + random.below(20), span } } : {};
  return ruleOf(
    { ...spec, ...seenWithin },
    {
      resolveNever,
      resolveAfterMs: random.chance(50) ? withinMs : random.below(12),
      forMs: resolveNever || random.chance(60) ? 0 : random.below(10),
      cooldownMs: random.chance(50) ? 0 : random.below(25),
    },
  );
}

const word = (text: string): Literal => ({ kind: 'word', text, span });
const named = (names: readonly string[]): LetRef[] => names.map((name) => ({ name, span }));

/** A rule of one of the other forms. Its lets are a, b, c and u. */
export function randomFormRule(random: Random, kind: Exclude<Rule['alert']['kind'], 'aggregate'>): Rule {
  const duration = { ms: 1 + random.below(15), span };
  const grouped = named(['service']);
  const by = random.chance(20) ? [] : grouped;
  const steps = named(
    random.pick([
      ['a', 'b'],
      ['a', 'b', 'c'],
      ['a', 'a'],
    ]),
  );
  const until = random.chance(50) ? { until: { name: 'u', span } } : {};
  const field = { name: 'state', span };
  const specs: Record<typeof kind, () => Rule['alert']> = {
    not_followed_by: () => {
      const [first, then] = named(['a', 'b']) as [LetRef, LetRef];
      const skew = random.chance(50) ? { skew: { ms: 1 + random.below(duration.ms), span } } : {};
      return { kind: 'not_followed_by', first, then, within: duration, by: grouped, ...skew, span };
    },
    then: () => ({ kind: 'then', steps, within: duration, by: grouped, ...until, span }),
    all_of: () => ({ kind: 'all_of', steps, within: duration, by: grouped, ...until, span }),
    stays: () => ({ kind: 'stays', field, value: word('PAID'), during: duration, by: grouped, span }),
    changes: () => {
      const from = random.chance(70) ? { from: word('NEW') } : {};
      const to = random.chance(70) ? { to: word('PAID') } : {};
      return { kind: 'changes', field, ...from, ...to, within: duration, by: grouped, span };
    },
    new: () => ({ kind: 'new', field, within: duration, by, span }),
    nothing: () => {
      const seenWithin = random.chance(70)
        ? { seenWithin: { ms: duration.ms + 1 + random.below(20), span } }
        : {};
      const expected = { field: { name: 'service', span }, file: 'list', values: ['group0', 'never'], span };
      const isListed = by.length > 0 && random.chance(30);
      return { kind: 'nothing', during: duration, by, ...seenWithin, ...(isListed && { expected }), span };
    },
  };
  const isSingle = kind === 'changes' || kind === 'new';
  const hasLets = kind === 'not_followed_by' || kind === 'then' || kind === 'all_of';
  return ruleOf(
    specs[kind](),
    {
      resolveNever: isSingle || random.chance(30),
      resolveAfterMs: random.chance(30) ? duration.ms : random.below(30),
      cooldownMs: random.chance(50) ? 0 : random.below(25),
    },
    !hasLets,
  );
}

/** Events on two partitions, out of order within the lateness, and their arrival. */
export function randomTimeline(random: Random, rule: Rule, lets: readonly string[]): Timeline {
  const amount = 5 + random.below(35);
  const groups = random.pick([1, 1, 2, 4, 30]);
  const missing = random.pick([0, 0, 15]);
  const stepMs = random.pick([1, 2, 6]);
  const events: OracleEvent[] = [];
  const inputs: DetectInput[] = [{ kind: 'partitions', source: 'orders', partitions: [0, 1] }];
  const partitions = [0, 1].map((partition) => ({ partition, greatestMs: -Infinity, offset: 0 }));
  let nowMs = 100;
  let batch: OracleEvent[] = [];
  let current = random.pick(partitions);

  const flush = (): void => {
    if (batch.length === 0) return;
    const input: DetectInput = {
      kind: 'batch',
      source: 'orders',
      partition: current.partition,
      clockMs: nowMs,
      watermarkMs: current.greatestMs - latenessMs,
      firstTimeMs: Math.min(...batch.map(({ timeMs }) => timeMs)),
      lastTimeMs: Math.max(...batch.map(({ timeMs }) => timeMs)),
      matches: batch.flatMap((event) => matchOf(rule, event)),
    };
    inputs.push(input);
    // A batch that is read again after a restart.
    if (random.chance(10)) inputs.push(input);
    batch = [];
  };

  for (let i = 0; i < amount; i++) {
    nowMs += random.below(stepMs + 1);
    if (random.chance(30)) {
      flush();
      current = random.pick(partitions);
    }
    const timeMs = nowMs - (random.chance(40) ? random.below(latenessMs + 4) : 0);
    // Too late: the decoder would not hand it on.
    if (timeMs < current.greatestMs - latenessMs) continue;
    current.greatestMs = Math.max(current.greatestMs, timeMs);
    const event: OracleEvent = {
      timeMs,
      source: 'orders',
      partition: current.partition,
      offset: current.offset++,
      isWhen: random.chance(90),
      lets: lets.filter(() => random.chance(lets.length > 1 ? 30 : 50)),
      group: groupOf(random, rule, groups, missing),
      values: {
        user: manyOf(random, ['ann', 'bob', 'cid']),
        amount: manyOf(random, [0, 1, 2, 3, 0.1, 0.7, -1]),
        state: manyOf(random, ['NEW', 'PAID', 'SENT']),
      },
    };
    events.push(event);
    batch.push(event);
  }
  flush();
  return { events, inputs };
}

/** One of so many groups; so many per cent of the events lack a field of `by`. */
function groupOf(random: Random, { alert }: Rule, groups: number, missing: number): OracleEvent['group'] {
  if (alert.by.length > 0 && random.chance(missing)) return undefined;
  return alert.by.map(() => `group${random.below(groups)}`);
}

function manyOf(random: Random, values: readonly Value[]): readonly Value[] {
  return Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, () => random.pick(values));
}

function matchOf(rule: Rule, event: OracleEvent): readonly Match[] {
  const conditions = [...(event.isWhen && rule.when !== undefined ? ['when'] : []), ...event.lets];
  const { source, partition, offset, timeMs, group, values } = event;
  if (conditions.length === 0 || group === undefined) return [];
  return [
    {
      rule: rule.name,
      conditions,
      group,
      timeMs,
      position: { source, partition, offset },
      excerpt: `${offset}`,
      fields: {},
      values,
    },
  ];
}
