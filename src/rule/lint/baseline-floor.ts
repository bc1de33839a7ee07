/** If events are rare, a baseline is nearly 0, and a single event is many times as much. The rule should say from which count on it matters. */
import { comparisonsOf } from '../alert-parts.ts';
import type { Comparison, Expr } from '../ast.ts';
import { alertOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import { printExpr } from '../print.ts';
import type { Lint } from './lint.ts';

export const lintBaselineFloor: Lint = ({ block }) => {
  const spec = alertOf(block);
  const comparisons = spec === undefined ? [] : comparisonsOf(spec);
  if (comparisons.some(isFloor)) return [];
  const surge = comparisons.find(({ left, op, right }) =>
    right.kind === 'baseline' ? isAbove(op) : left.kind === 'baseline' && isBelow(op),
  );
  if (surge === undefined) return [];
  const measured = surge.left.kind === 'baseline' ? surge.right : surge.left;
  return [
    warnAt(
      surge.span,
      'TOC320',
      'where little happens the baseline is next to nothing, and a single event exceeds it',
      `say from how many events on it matters, for instance and ${countBeside(measured)} >= 20`,
    ),
  ];
};

const isAbove = (op: Comparison['op']): boolean => op === '>' || op === '>=';
const isBelow = (op: Comparison['op']): boolean => op === '<' || op === '<=';
const isCount = ({ kind }: Expr): boolean => kind === 'count';
const isNumber = ({ kind }: Expr): boolean => kind === 'number';

/** True for `count >= 20` and `20 <= count(failed)`. */
function isFloor({ left, op, right }: Comparison): boolean {
  return (
    (isCount(left) && isAbove(op) && isNumber(right)) || (isNumber(left) && isBelow(op) && isCount(right))
  );
}

/** Returns the count to write beside the measured expression. A rule that has only lets has no other count. */
function countBeside(measured: Expr): string {
  const of = measured.kind === 'ratio' ? measured.denominator : measured;
  return of.kind === 'count' ? printExpr(of) : 'count';
}
