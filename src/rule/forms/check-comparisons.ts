/** Checks of comparisons. Each must compare a measure with a number or with its own baseline, in a way that can be decided. */
import type { Comparison, Expr } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { DISTINCT_MAX, WINDOW_EVENTS_MAX } from '../bounds.ts';
import { at } from '../diagnostics.ts';
import { write } from '../mending.ts';
import { printExpr } from '../print.ts';

const DAY_MS = 86_400_000;

export function checkComparisons(comparisons: readonly Comparison[], windowMs: number): Diagnostic[] {
  return comparisons.flatMap((comparison) => checkComparison(comparison, windowMs));
}

function checkComparison(comparison: Comparison, windowMs: number): Diagnostic[] {
  const { left, right, op } = comparison;
  const sides = [left, right];
  const found: Diagnostic[] = [];
  if (!sides.some(isMeasured))
    found.push(at(comparison.span, 'TOC228', 'nothing is measured here', 'compare a measure: count >= 5'));
  for (const side of sides) {
    if (side.kind !== 'baseline') continue;
    if (side.over.ms < windowMs)
      found.push(
        at(
          side.over.span,
          'TOC224',
          'the baseline is shorter than the window it is compared with',
          windowMs > DAY_MS
            ? 'for instance baseline(7d)'
            : write(side.over.span, '24h', 'for instance baseline(24h)'),
        ),
      );
    if (side.factor <= 0)
      found.push(
        at(side.span, 'TOC228', 'the factor of a baseline is above 0', 'for instance 3 * baseline(24h)'),
      );
  }
  found.push(...beyondBounds(sides), ...shareOfNothing(sides), ...belowNothing(sides));
  if (
    op === '==' &&
    sides.some((side) => side.kind === 'ratio' || side.kind === 'baseline' || side.kind === 'avg')
  )
    found.push(
      at(comparison.span, 'TOC228', '`==` hardly ever holds for a fraction', 'compare with >= or <='),
    );
  return found;
}

/** Finds a literal that a measure never reaches. */
function beyondBounds(sides: readonly Expr[]): Diagnostic[] {
  const limit = sides.find((side) => side.kind === 'number');
  const measured = sides.find((side) => side.kind === 'distinct' || side.kind === 'count');
  if (limit?.kind !== 'number' || measured === undefined) return [];
  const most = measured.kind === 'distinct' ? DISTINCT_MAX : WINDOW_EVENTS_MAX;
  if (limit.value <= most) return [];
  const what =
    measured.kind === 'distinct' ? `different values are told apart` : 'events of a window are counted';
  return [
    at(
      limit.span,
      'TOC225',
      `at most ${most} ${what}`,
      write(limit.span, String(most), `compare with ${most} or less`),
    ),
  ];
}

/** `count > 5%`: a share needs two measures. Beside a single measure, the percentage would be a number that nobody meant. */
function shareOfNothing(sides: readonly Expr[]): Diagnostic[] {
  const share = sides.find((side) => side.kind === 'number' && side.text.endsWith('%'));
  const measured = sides.find(isMeasured);
  if (share?.kind !== 'number' || measured === undefined || measured.kind === 'ratio') return [];
  const number = share.text.slice(0, -1);
  const part = measured.kind === 'count' && measured.of !== undefined ? measured.of.name : 'failed';
  return [
    at(
      share.span,
      'TOC228',
      `\`${share.text}\` is a share, and \`${printExpr(measured)}\` is compared with a number`,
      write(
        share.span,
        number,
        `for the number write ${number}; for a share divide: count(${part}) / count(every) > ${share.text}, both named with \`let\``,
      ),
    ),
  ];
}

/** Finds a count that is compared with a number below zero, which no count reaches. */
function belowNothing(sides: readonly Expr[]): Diagnostic[] {
  const limit = sides.find((side) => side.kind === 'number');
  const counted = sides.find((side) => side.kind === 'count' || side.kind === 'distinct');
  if (limit?.kind !== 'number' || counted === undefined || limit.value >= 0) return [];
  const what = `\`${printExpr(counted)}\` is never below 0, so it cannot be held against ${limit.text}`;
  return [at(limit.span, 'TOC225', what, write(limit.span, limit.text.replace(/^-/, '')))];
}

function isMeasured(expr: Expr): boolean {
  return expr.kind !== 'number' && expr.kind !== 'baseline';
}
