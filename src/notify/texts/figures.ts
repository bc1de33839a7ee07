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
  readonly comma: string;
  /** Between what was measured, its value and its limit; and without a value. */
  readonly reached: (what: string, value: string, limit: string) => string;
  readonly unmeasured: (what: string, limit: string) => string;
}

/** `smallest lag = 25,000 (limit: above 10,000), log lines = 3 (limit: at least 3)`; what is compared twice stands there once. */
export function figures(comparisons: readonly Compared[], words: FigureWords): string {
  const byWhat = Map.groupBy(comparisons, ({ left, isPercent }) => sideText(left, isPercent, words));
  return [...byWhat].map(([what, limits]) => figure(what, limits, words)).join(words.comma);
}

function figure(what: string, limits: readonly Compared[], words: FigureWords): string {
  const limit = limits.map((each) => limitText(each, words)).join(words.comma);
  const { measured, isPercent } = limits[0]!;
  return measured === undefined
    ? words.unmeasured(what, limit)
    : words.reached(what, numberText(measured[0], isPercent), limit);
}

function limitText({ op, right, measured, isPercent }: Compared, words: FigureWords): string {
  const what = sideText(right, isPercent, words);
  const isNamed = measured !== undefined && right.kind !== 'number';
  return words.limit[op](isNamed ? words.namely(numberText(measured[1], isPercent), what) : what);
}

function sideText(expr: Expr, isPercent: boolean, words: FigureWords): string {
  if (expr.kind === 'number') return numberText(expr.value, isPercent);
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
