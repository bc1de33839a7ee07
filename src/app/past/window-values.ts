/**
 * Computes for people what the comparisons of a rule measured over its window at given matches. The values come from the accumulators that
 * the detector uses, over windows of the matches at hand.
 */
import { ratio } from '../../detect/forms/comparisons.ts';
import { createTally, type Tally } from '../../detect/forms/tallies.ts';
import type { Match } from '../../event/match.ts';
import type { Comparison, Expr, Measure } from '../../rule/ast.ts';
import { measuresOf, sidesOf } from '../../rule/forms/measures.ts';

/** A side of a comparison and its value at a match; undefined where there is no value (an average of nothing). */
export interface MeasuredSide {
  readonly expr: Expr;
  readonly value: number | undefined;
}

/**
 * Returns, for each wanted match, the sides over the window of its group that ends with it. `matches`: in the order of time; matches at the
 * same instant count together.
 */
export function windowValues(
  comparisons: readonly Comparison[],
  windowMs: number,
  matches: readonly Match[],
  wanted: ReadonlySet<Match>,
): ReadonlyMap<Match, readonly MeasuredSide[]> {
  const windows = createWindows(measuresOf(comparisons), windowMs);
  const sides = sidesOf(comparisons).filter(({ kind }) => kind !== 'number' && kind !== 'baseline');
  const found = new Map<Match, readonly MeasuredSide[]>();
  for (let from = 0; from < matches.length;) {
    let to = from;
    while (to < matches.length && matches[to]!.timeMs === matches[from]!.timeMs) windows.add(matches[to++]!);
    for (const match of matches.slice(from, to))
      if (wanted.has(match))
        found.set(
          match,
          sides.map((expr) => ({ expr, value: windows.value(expr, match) })),
        );
    from = to;
  }
  return found;
}

type Tag = Parameters<Tally['add']>[1];

interface Windows {
  add(match: Match): void;
  /** Returns the value for the group of a match, over the window that ends with it. */
  value(expr: Expr, match: Match): number | undefined;
}

function createWindows(measures: readonly Measure[], windowMs: number): Windows {
  const names = unique(measures.flatMap((each) => (each.kind === 'count' && each.of ? [each.of.name] : [])));
  const fields = unique(measures.flatMap((each) => (each.kind === 'count' ? [] : [each.field.name])));
  const places = {
    bit: (name: string) => names.indexOf(name),
    column: (field: string) => fields.indexOf(field),
  };
  const slots = new Map<string, number>();
  /** By slot: the matches in the window of a group, oldest first. */
  const held: { readonly timeMs: number; readonly tag: Tag }[][] = [];
  const tallies = measures.map((measure) => ({
    measure,
    tally: createTally(measure, places, (slot) => held[slot]!.length),
  }));

  const tagOf = ({ conditions, values }: Match): Tag => ({
    mask: names.reduce((mask, name, bit) => mask | (conditions.includes(name) ? 1 << bit : 0), 0),
    values: fields.map((field) => values?.[field] ?? []),
  });
  const slotOf = ({ group }: Match): number => {
    const key = JSON.stringify(group);
    const slot = slots.get(key) ?? held.push([]) - 1;
    slots.set(key, slot);
    return slot;
  };
  const valueOf = (measure: Measure, slot: number): number | undefined =>
    tallies.find((each) => each.measure === measure)!.tally.value(slot);

  return {
    add(match) {
      const slot = slotOf(match);
      const window = held[slot]!;
      while (window[0] !== undefined && window[0].timeMs <= match.timeMs - windowMs) {
        const { tag } = window.shift()!;
        for (const { tally } of tallies) tally.remove(slot, tag);
      }
      const tag = tagOf(match);
      window.push({ timeMs: match.timeMs, tag });
      for (const { tally } of tallies) tally.add(slot, tag);
    },
    value(expr, match) {
      const slot = slotOf(match);
      if (expr.kind === 'number' || expr.kind === 'baseline') return undefined;
      if (expr.kind !== 'ratio') return valueOf(expr, slot);
      return ratio(valueOf(expr.numerator, slot), valueOf(expr.denominator, slot));
    },
  };
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
