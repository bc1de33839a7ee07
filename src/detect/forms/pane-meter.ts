/** Measures the expression of a baseline over the events of the open pane. */
import type { Measure } from '../../rule/ast.ts';
import type { PaneMeter } from './baseline.ts';
import { ratio, type MeasuredExpr } from './comparisons.ts';
import { createTally, type Tally, type TagPlaces } from './tallies.ts';

/** Creates a meter of the expression, over the events of one pane for each slot. */
export function createPaneMeter(expr: MeasuredExpr, places: TagPlaces): PaneMeter {
  const sizes = new Map<number, number>();
  const tallyOf = (measure: Measure): Tally => createTally(measure, places, (slot) => sizes.get(slot) ?? 0);
  const parts = expr.kind === 'ratio' ? [expr.numerator, expr.denominator] : [expr];
  const tallies = parts.map(tallyOf);
  return {
    add(slot, tag) {
      sizes.set(slot, (sizes.get(slot) ?? 0) + 1);
      for (const tally of tallies) tally.add(slot, tag);
    },
    clear(slot) {
      sizes.delete(slot);
      for (const tally of tallies) tally.clear(slot);
    },
    value(slot) {
      const [value, denominator] = tallies.map((tally) => tally.value(slot));
      return tallies.length === 1 ? value : ratio(value, denominator);
    },
  };
}
