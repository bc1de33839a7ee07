/** Seeded randomness, and random rules for the engine's property tests: small numbers, so that ties and exact ends are common. */
import type { Comparison, LetRef, Literal, Rule } from '../../src/rule/ast.ts';
import { aggregate, comparison, countOf, measureOf, ruleOf, span } from './rules-by-hand.ts';

export interface Random {
  /** A whole number in [0, below). */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  chance(percent: number): boolean;
}

/** Mulberry32 (Tommy Ettinger, public domain): numbers in [0, 1), the same for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seeded(seed: number): Random {
  const next = mulberry32(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    chance: (percent) => below(100) < percent,
  };
}

/** Spans of time are up to fifteen times the scale. */
export function randomAggregateRule(random: Random, scaleMs = 1): Rule {
  const upTo = (max: number): number => scaleMs * random.below(max);
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
  const withinMs = 1 + upTo(15);
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
  const seenWithin = random.chance(50) ? { seenWithin: { ms: withinMs + 1 + upTo(20), span } } : {};
  return ruleOf(
    { ...spec, ...seenWithin },
    {
      resolveNever,
      resolveAfterMs: random.chance(50) ? withinMs : upTo(12),
      forMs: resolveNever || random.chance(60) ? 0 : upTo(10),
      cooldownMs: random.chance(50) ? 0 : upTo(25),
    },
  );
}

const word = (text: string): Literal => ({ kind: 'word', text, span });
const named = (names: readonly string[]): LetRef[] => names.map((name) => ({ name, span }));

/** Two to six steps, the first few often the same. */
function randomSteps(random: Random, areDifferent: boolean): LetRef[] {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, random.pick([2, 2, 3, 3, 4, 5, 6]));
  return named(areDifferent ? names : names.map((name) => (random.chance(25) ? 'a' : name)));
}

/** A rule of one of the other forms. Its lets are among a to f, and u. */
export function randomFormRule(
  random: Random,
  kind: Exclude<Rule['alert']['kind'], 'aggregate'>,
  scaleMs = 1,
): Rule {
  const upTo = (max: number): number => scaleMs * random.below(max);
  const duration = { ms: 1 + upTo(15), span };
  const grouped = named(['service']);
  const by = random.chance(20) ? [] : grouped;
  const steps = randomSteps(random, kind === 'all_of');
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
      const seenWithin = random.chance(70) ? { seenWithin: { ms: duration.ms + 1 + upTo(20), span } } : {};
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
      resolveAfterMs: random.chance(30) ? duration.ms : upTo(30),
      cooldownMs: random.chance(50) ? 0 : upTo(25),
    },
    !hasLets,
  );
}
