/** Where little happens a baseline is next to nothing, so that a single event is many times as much: say from how many on it matters. */
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

/** `count >= 20`, `20 <= count(failed)`. */
function isFloor({ left, op, right }: Comparison): boolean {
  return (
    (isCount(left) && isAbove(op) && isNumber(right)) || (isNumber(left) && isBelow(op) && isCount(right))
  );
}

/** The count that stands behind what is measured: a rule of lets alone has no other. */
function countBeside(measured: Expr): string {
  const of = measured.kind === 'ratio' ? measured.denominator : measured;
  return of.kind === 'count' ? printExpr(of) : 'count';
}
