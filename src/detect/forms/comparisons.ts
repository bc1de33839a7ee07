/** The comparisons of an aggregate as the engine runs them: over values that run along elsewhere. Which values, their owner says. */
import type { Comparison, Expr, Measure } from '../../rule/ast.ts';
import type { Baseline } from './baseline.ts';
import type { Tally } from './tallies.ts';

/** Value of an expression over the window of a slot; undefined: every comparison with it is false. */
type Valuation = (slot: number, atMs: number) => number | undefined;

/** Where compiled comparisons find running values. */
export interface Known {
  tally(measure: Measure): Tally;
  baseline(of: MeasuredExpr, overMs: number): Baseline;
}

/** What a baseline can be of. */
export type MeasuredExpr = Exclude<Expr, { kind: 'number' | 'baseline' }>;

export interface CompiledComparison {
  readonly left: Valuation;
  readonly right: Valuation;
  readonly holds: (slot: number, atMs: number) => boolean;
}

export function isMeasured(
  sides: readonly [number | undefined, number | undefined],
): sides is readonly [number, number] {
  return sides[0] !== undefined && sides[1] !== undefined;
}

export function compileComparison({ left, op, right }: Comparison, known: Known): CompiledComparison {
  const valueOfLeft = compileExpr(left, right, known);
  const valueOfRight = compileExpr(right, left, known);
  return {
    left: valueOfLeft,
    right: valueOfRight,
    holds(slot, atMs) {
      // Both are asked: a baseline notes whether it is known yet.
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
  // The rule's checks see to it that the other side is measured.
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

/** More events can only make it true: it may fire before it is settled. */
export function isGrowing({ left, op, right }: Comparison): boolean {
  return (
    (left.kind === 'count' || left.kind === 'distinct') &&
    (op === '>' || op === '>=') &&
    right.kind === 'number'
  );
}

/** Least size of a window in which a growing comparison can hold. */
export function eventsNeeded({ left, op, right }: Comparison): number {
  if (left.kind !== 'count' || right.kind !== 'number') return 0;
  return op === '>' ? Math.floor(right.value) + 1 : Math.ceil(right.value);
}
