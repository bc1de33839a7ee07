/** Measures of comparisons, and how comparisons behave over an empty window and as events come. */
import type { Comparison, Duration, Expr, Measure } from '../ast.ts';

/** Returns both sides of every comparison, in the order of the text. */
export function sidesOf(comparisons: readonly Comparison[]): readonly Expr[] {
  return comparisons.flatMap(({ left, right }) => [left, right]);
}

/** Returns the measures in the order of the text; a ratio gives both of its measures. */
export function measuresOf(comparisons: readonly Comparison[]): readonly Measure[] {
  return sidesOf(comparisons).flatMap((side): readonly Measure[] => {
    if (side.kind === 'number' || side.kind === 'baseline') return [];
    return side.kind === 'ratio' ? [side.numerator, side.denominator] : [side];
  });
}

/** Returns the spans of the baselines. */
export function baselineSpans(comparisons: readonly Comparison[]): readonly Duration[] {
  return sidesOf(comparisons).flatMap((side) => (side.kind === 'baseline' ? [side.over] : []));
}

/** True if a window without events can satisfy all comparisons, as in `count < 3` (semantics: Aggregates). */
export function emptyWindowSatisfies(comparisons: readonly Comparison[]): boolean {
  return comparisons.every(holdsWhenEmpty);
}

/** Monotonic: further events can only make it hold. */
export function growsWithEvents({ left, op, right }: Comparison): boolean {
  const [large, small] = op === '>' || op === '>=' ? [left, right] : [right, left];
  if (op === '==' || small.kind !== 'number') return false;
  return large.kind === 'count' || large.kind === 'distinct' || large.kind === 'max';
}

function holdsWhenEmpty({ left, op, right }: Comparison): boolean {
  // A baseline may be anything from 0 up.
  const against = left.kind === 'baseline' || right.kind === 'baseline';
  const a = emptyValue(left);
  const b = emptyValue(right);
  if (a === undefined || b === undefined) return false;
  switch (op) {
    case '>':
      return left.kind === 'baseline' ? left.factor > 0 : a > b;
    case '>=':
      return left.kind === 'baseline' || a >= b;
    case '<':
      return right.kind === 'baseline' ? right.factor > 0 : a < b;
    case '<=':
      return right.kind === 'baseline' || a <= b;
    case '==':
      return against || a === b;
  }
}

/** Returns the value over an empty window. Undefined if there is none, which makes a comparison false. */
function emptyValue(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'count':
    case 'distinct':
    case 'sum':
    case 'baseline':
      return 0;
    case 'number':
      return expr.value;
    case 'ratio':
    case 'avg':
    case 'min':
    case 'max':
    case 'p50':
    case 'p90':
    case 'p95':
    case 'p99':
      return undefined;
  }
}
