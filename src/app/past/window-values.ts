/**
 * Computes for people what the comparisons of a rule measured over its window at given matches. The windows and their accumulators are those
 * of the detector, fed with the matches at hand.
 */
import { ratio } from '../../detect/forms/comparisons.ts';
import { MeasuredWindows } from '../../detect/forms/measured-windows.ts';
import { tagLayout } from '../../detect/forms/tag-layout.ts';
import { groupKey } from '../../detect/input/group-key.ts';
import { noValues } from '../../detect/input/waiting.ts';
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
  const windows = createMatchWindows(measuresOf(comparisons), windowMs);
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

interface MatchWindows {
  add(match: Match): void;
  /** Returns the value for the group of a match, over the window that ends with it. */
  value(expr: Expr, match: Match): number | undefined;
}

function createMatchWindows(measures: readonly Measure[], windowMs: number): MatchWindows {
  const layout = tagLayout(measures);
  const held = new MeasuredWindows({ windowMs, layout, measures, blockEvents: 8 });
  const slots = new Map<string, number>();
  const slotOf = (key: string): number => {
    const slot = slots.get(key) ?? slots.size;
    slots.set(key, slot);
    return slot;
  };
  return {
    add(match) {
      const event = { ...match, values: match.values ?? noValues };
      const slot = slotOf(groupKey(match.group));
      held.evict(slot, event.timeMs);
      held.add(slot, event, layout.tagOf(event));
    },
    value(expr, { group }) {
      const slot = slotOf(groupKey(group));
      const valueOf = (measure: Measure): number | undefined => held.tally(measure).value(slot);
      if (expr.kind === 'number' || expr.kind === 'baseline') return undefined;
      if (expr.kind !== 'ratio') return valueOf(expr);
      return ratio(valueOf(expr.numerator), valueOf(expr.denominator));
    },
  };
}
