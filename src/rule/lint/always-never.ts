/** A condition that is always or never true is a mistake: `count >= 0`, `count >= 5 and count < 3`, `a AND NOT a`. */
import { comparisonsOf } from '../alert-parts.ts';
import type { Comparison, Condition, Expr, Span } from '../ast.ts';
import { alertOf, conditionsOf } from '../block.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { warnAt } from '../diagnostics.ts';
import { printCondition, printExpr } from '../print.ts';
import type { Lint } from './lint.ts';

export const lintAlwaysNever: Lint = ({ block }) => {
  const spec = alertOf(block);
  const comparisons = spec === undefined ? [] : lintComparisons(comparisonsOf(spec));
  return [...comparisons, ...conditionsOf(block).flatMap(lintCondition)];
};

/** Values from `min` to `max`. A bound that is open is excluded. */
interface Range {
  readonly min: number;
  readonly isMinOpen: boolean;
  readonly max: number;
  readonly isMaxOpen: boolean;
}

const ANY: Range = { min: -Infinity, isMinOpen: false, max: Infinity, isMaxOpen: false };

function lintComparisons(comparisons: readonly Comparison[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const ranges = new Map<string, Range>();
  for (const comparison of comparisons) {
    const bound = boundOf(comparison);
    if (bound === undefined) continue;
    const { subject, op, value } = bound;
    const name = printExpr(subject);
    const whole = wholeFromZero(subject) || subject.kind === 'ratio' ? { ...ANY, min: 0 } : ANY;
    const taken = satisfying(op, value);
    const fraction = op === '==' && wholeFromZero(subject) && !Number.isInteger(value);
    const left = meet(ranges.get(name) ?? whole, taken);
    if (fraction || isEmpty(left)) {
      found.push(never(comparison.span, ranges.has(name) ? ' together with what stands before it' : ''));
      continue;
    }
    if (isWithin(whole, taken)) found.push(always(comparison.span));
    ranges.set(name, left);
  }
  return found;
}

/** Returns the comparison as `subject op number`. */
function boundOf({ left, op, right }: Comparison) {
  if (right.kind === 'number' && left.kind !== 'number') return { subject: left, op, value: right.value };
  if (left.kind === 'number' && right.kind !== 'number')
    return { subject: right, op: MIRRORED[op], value: left.value };
  return undefined;
}

const MIRRORED = { '>': '<', '>=': '<=', '<': '>', '<=': '>=', '==': '==' } as const;

function wholeFromZero(expr: Expr): boolean {
  return expr.kind === 'count' || expr.kind === 'distinct';
}

function satisfying(op: Comparison['op'], value: number): Range {
  switch (op) {
    case '>':
      return { ...ANY, min: value, isMinOpen: true };
    case '>=':
      return { ...ANY, min: value };
    case '<':
      return { ...ANY, max: value, isMaxOpen: true };
    case '<=':
      return { ...ANY, max: value };
    case '==':
      return { ...ANY, min: value, max: value };
  }
}

function meet(a: Range, b: Range): Range {
  const low = a.min > b.min || (a.min === b.min && a.isMinOpen) ? a : b;
  const high = a.max < b.max || (a.max === b.max && a.isMaxOpen) ? a : b;
  return { min: low.min, isMinOpen: low.isMinOpen, max: high.max, isMaxOpen: high.isMaxOpen };
}

function isEmpty({ min, isMinOpen, max, isMaxOpen }: Range): boolean {
  return min > max || (min === max && (isMinOpen || isMaxOpen));
}

function isWithin(inner: Range, outer: Range): boolean {
  const met = meet(inner, outer);
  return (
    met.min === inner.min &&
    met.isMinOpen === inner.isMinOpen &&
    met.max === inner.max &&
    met.isMaxOpen === inner.isMaxOpen
  );
}

function lintCondition(condition: Condition): Diagnostic[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [
        ...opposites(condition),
        ...emptyRanges(condition),
        ...condition.operands.flatMap(lintCondition),
      ];
    case 'not':
      return lintCondition(condition.operand);
    case 'value':
    case 'field':
    case 'exists':
    case 'compare':
      return [];
  }
}

type Joined = Extract<Condition, { readonly kind: 'and' | 'or' }>;

/** `a AND NOT a` is never true, `a OR (NOT a)` always. */
function opposites({ kind, operands }: Joined): Diagnostic[] {
  const plain = new Set(operands.map(printCondition));
  return operands.flatMap((operand) => {
    if (operand.kind !== 'not' || !plain.has(printCondition(operand.operand))) return [];
    return [kind === 'and' ? never(operand.span, ' together with its opposite') : always(operand.span)];
  });
}

/** `f > 800 AND f < 500`: only an event with several values could satisfy both. */
function emptyRanges({ kind, operands }: Joined): Diagnostic[] {
  if (kind !== 'and') return [];
  const ranges = new Map<string, Range>();
  return operands.flatMap((operand) => {
    if (operand.kind !== 'compare' || operand.value.kind !== 'number') return [];
    const field = operand.field.name;
    const left = meet(ranges.get(field) ?? ANY, satisfying(operand.op, Number(operand.value.text)));
    ranges.set(field, left);
    return isEmpty(left) ? [never(operand.span, ' together with what stands before it')] : [];
  });
}

function never(span: Span, why: string): Diagnostic {
  return warnAt(span, 'TOC309', `this is never true${why}`, 'correct the number or the operator');
}

function always(span: Span): Diagnostic {
  return warnAt(span, 'TOC309', 'this is always true', 'correct it, or leave it out');
}
