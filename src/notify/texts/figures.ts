/** Comparisons of an aggregate as text: what was measured, how much it was, and the limit. */
import type { Comparison, Expr, Measure } from '../../rule/ast.ts';
import type { Compared } from '../form.ts';

/** The words of a language for them. */
export interface FigureWords {
  readonly measure: Readonly<Record<Exclude<Measure['kind'], 'count'>, (field: string) => string>>;
  readonly lines: string;
  readonly named: (condition: string) => string;
  readonly limit: Readonly<Record<Comparison['op'], (to: string) => string>>;
  readonly baseline: (factor: string, over: string) => string;
  /** A limit that was measured too, and what it is. */
  readonly namely: (value: string, what: string) => string;
  readonly duration: (ms: number) => string;
  /** Between what was measured, its value and its limit; and without a value. */
  readonly reached: (what: string, value: string, limit: string) => string;
  readonly unmeasured: (what: string, limit: string) => string;
}

/** `smallest lag = 25,000 (limit: above 10,000)`. */
export function figure({ left, op, right, measured, isPercent }: Compared, words: FigureWords): string {
  const shown = (value: number): string => numberText(value, isPercent);
  const what = exprText(left, shown, words);
  const to = exprText(right, shown, words);
  if (measured === undefined) return words.unmeasured(what, words.limit[op](to));
  const isFixed = right.kind === 'number';
  const limit = words.limit[op](isFixed ? to : words.namely(shown(measured[1]), to));
  return words.reached(what, shown(measured[0]), limit);
}

function exprText(expr: Expr, shown: (value: number) => string, words: FigureWords): string {
  if (expr.kind === 'number') return shown(expr.value);
  if (expr.kind === 'baseline') return words.baseline(expr.factorText, words.duration(expr.over.ms));
  if (expr.kind === 'ratio')
    return `${measureText(expr.numerator, words)} / ${measureText(expr.denominator, words)}`;
  return measureText(expr, words);
}

function measureText(measure: Measure, words: FigureWords): string {
  if (measure.kind !== 'count') return words.measure[measure.kind](measure.field.name);
  return measure.of === undefined ? words.lines : words.named(measure.of.name.replaceAll('_', ' '));
}

/** Two digits behind the point, or three in all where that shows nothing. */
function numberText(value: number, isPercent: boolean): string {
  const shown = isPercent ? value * 100 : value;
  const digits =
    shown !== 0 && Math.abs(shown) < 0.1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 };
  return `${shown.toLocaleString('en', digits)}${isPercent ? ' %' : ''}`;
}
