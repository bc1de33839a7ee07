/** Compiles the comparisons of an aggregate. They read running values that other code keeps up to date (`Known`). */
import type { Comparison, Expr, Measure } from '../../rule/ast.ts';
import type { Baseline } from './baseline.ts';
import type { Tally } from './tallies.ts';

/** Returns the value of an expression over the window of a slot. Undefined makes every comparison with it false. */
type Valuation = (slot: number, atMs: number) => number | undefined;

/** Gives compiled comparisons their running values. */
export interface Known {
  tally(measure: Measure): Tally;
  baseline(of: MeasuredExpr, overMs: number): Baseline;
}

/** An expression that a baseline can have. */
export type MeasuredExpr = Exclude<Expr, { kind: 'number' | 'baseline' }>;

export interface CompiledComparison {
  readonly left: Valuation;
  readonly right: Valuation;
  readonly holds: (slot: number, atMs: number) => boolean;
  /**
   * Returns false if it is certain that the comparison cannot hold after its value has grown by `growth` at most. Slot −1: an empty window.
   * Always true for comparisons that do not only grow with events.
   */
  readonly mayHold: (slot: number, growth: number) => boolean;
  /** Returns by how much the value can fall while the comparison still holds, if it only grows with events; negative: it does not hold. */
  readonly spare: (slot: number) => number;
}

export function isMeasured(
  sides: readonly [number | undefined, number | undefined],
): sides is readonly [number, number] {
  return sides[0] !== undefined && sides[1] !== undefined;
}

export function compileComparison(comparison: Comparison, known: Known): CompiledComparison {
  const { left, op, right } = comparison;
  const valueOfLeft = compileExpr(left, right, known);
  const valueOfRight = compileExpr(right, left, known);
  const needed = isGrowing(comparison) ? valueNeeded(comparison) : -Infinity;
  return {
    left: valueOfLeft,
    right: valueOfRight,
    holds(slot, atMs) {
      // Evaluates both sides always, since a baseline records whether its mean is known yet.
      const a = valueOfLeft(slot, atMs);
      const b = valueOfRight(slot, atMs);
      if (a === undefined || b === undefined) return false;
      switch (op) {
        case '>':
          return a > b;
        case '>=':
          return a >= b;
        case '<':
          return a < b;
        case '<=':
          return a <= b;
        case '==':
          return a === b;
      }
    },
    mayHold(slot, growth) {
      const finalValue = slot < 0 ? 0 : valueOfLeft(slot, -Infinity)!;
      return finalValue + growth >= needed;
    },
    spare: (slot) => valueOfLeft(slot, -Infinity)! - needed,
  };
}

function compileExpr(expr: Expr, against: Expr, known: Known): Valuation {
  if (expr.kind === 'number') return () => expr.value;
  if (expr.kind === 'ratio') {
    const numerator = known.tally(expr.numerator);
    const denominator = known.tally(expr.denominator);
    return (slot) => ratio(numerator.value(slot), denominator.value(slot));
  }
  if (expr.kind !== 'baseline') {
    const tally = known.tally(expr);
    return (slot) => tally.value(slot);
  }
  // The checks of the rule ensure that the other side is measured.
  if (against.kind === 'number' || against.kind === 'baseline') return () => undefined;
  const baseline = known.baseline(against, expr.over.ms);
  return (slot, atMs) => {
    const mean = baseline.mean(slot, atMs);
    return mean === undefined ? undefined : expr.factor * mean;
  };
}

export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

/** True if more events can only make the comparison true. Such a comparison may fire early. */
export function isGrowing({ left, op, right }: Comparison): boolean {
  return (
    (left.kind === 'count' || left.kind === 'distinct') &&
    (op === '>' || op === '>=') &&
    right.kind === 'number'
  );
}

/** Least size of a window in which a growing comparison can hold. */
export function eventsNeeded(comparison: Comparison): number {
  return comparison.left.kind === 'count' ? valueNeeded(comparison) : 0;
}

/** Least value with which a growing comparison holds. */
function valueNeeded({ op, right }: Comparison): number {
  if (right.kind !== 'number') return -Infinity;
  return op === '>' ? Math.floor(right.value) + 1 : Math.ceil(right.value);
}
