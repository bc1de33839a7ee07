/** Comparisons of an aggregate as text: the measure, its value and the limit. */
import type { Comparison, Expr, Measure } from '../../../rule/ast.ts';
import type { Compared } from '../form.ts';

/** The words of a language for comparisons. */
export interface FigureWords {
  readonly measure: Readonly<Record<Exclude<Measure['kind'], 'count'>, (field: string) => string>>;
  readonly lines: string;
  readonly named: (condition: string) => string;
  readonly limit: Readonly<Record<Comparison['op'], (to: string) => string>>;
  readonly baseline: (factor: string, over: string) => string;
  /** A limit that was measured too, with its meaning. */
  readonly namely: (value: string, what: string) => string;
  readonly duration: (ms: number) => string;
  readonly comma: string;
  /** `reached` joins a measure, its value and its limit. `unmeasured` has no value. */
  readonly reached: (what: string, value: string, limit: string) => string;
  readonly unmeasured: (what: string, limit: string) => string;
}

/**
 * Returns `smallest lag = 25,000 (limit: above 10,000), log lines = 3 (limit: at least 3)`. A measure that is compared twice stands there
 * once.
 */
export function figures(comparisons: readonly Compared[], words: FigureWords): string {
  const byWhat = Map.groupBy(comparisons, ({ left, isPercent }) => sideText(left, isPercent, words));
  return [...byWhat].map(([what, limits]) => figure(what, limits, words)).join(words.comma);
}

function figure(what: string, limits: readonly Compared[], words: FigureWords): string {
  const limit = limits.map((each) => limitText(each, words)).join(words.comma);
  const { measured, isPercent } = limits[0]!;
  if (measured === undefined) return words.unmeasured(what, limit);
  const against = limits.flatMap((each) => (each.measured === undefined ? [] : [each.measured[1]]));
  return words.reached(what, measuredText(measured[0], against, isPercent), limit);
}

function limitText({ op, right, measured, isPercent }: Compared, words: FigureWords): string {
  const what = sideText(right, isPercent, words);
  if (measured === undefined || right.kind === 'number') return words.limit[op](what);
  const [value, limit] = measured;
  return words.limit[op](words.namely(measuredText(limit, [value], isPercent), what));
}

function sideText(expr: Expr, isPercent: boolean, words: FigureWords): string {
  if (expr.kind === 'number') return numberText(expr.value, isPercent, exact);
  if (expr.kind === 'baseline') return words.baseline(expr.factorText, words.duration(expr.over.ms));
  if (expr.kind === 'ratio')
    return `${measureText(expr.numerator, words)} / ${measureText(expr.denominator, words)}`;
  return measureText(expr, words);
}

function measureText(measure: Measure, words: FigureWords): string {
  if (measure.kind !== 'count') return words.measure[measure.kind](measure.field.name);
  return measure.of === undefined ? words.lines : words.named(measure.of.name.replaceAll('_', ' '));
}

/** As many digits as a number in a rule has. Rounding errors lie behind them. */
const exact = { maximumSignificantDigits: 15 };

/**
 * Writes a value with enough digits to differ from the values that it is compared with. So it never looks equal to a limit that it
 * exceeded.
 */
function measuredText(value: number, against: readonly number[], isPercent: boolean): string {
  const others = against.filter((other) => other !== value);
  const tellsApart = (text: string, digits: Digits): boolean =>
    others.every((other) => numberText(other, isPercent, digits) !== text);
  let digits = usual(value, isPercent);
  let text = numberText(value, isPercent, digits);
  for (let n = 4; n <= exact.maximumSignificantDigits; n++) {
    if (tellsApart(text, digits) && tellsApart(text, exact)) break;
    digits = { maximumSignificantDigits: n };
    text = numberText(value, isPercent, digits);
  }
  return text;
}

type Digits = Pick<Intl.NumberFormatOptions, 'maximumFractionDigits' | 'maximumSignificantDigits'>;

/** Returns two digits behind the point. For small values, which would show nothing, returns three significant digits. */
function usual(value: number, isPercent: boolean): Digits {
  const size = Math.abs(isPercent ? value * 100 : value);
  return size !== 0 && size < 0.1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 };
}

function numberText(value: number, isPercent: boolean, digits: Digits): string {
  const shown = isPercent ? value * 100 : value;
  return `${shown.toLocaleString('en', digits)}${isPercent ? ' %' : ''}`;
}
