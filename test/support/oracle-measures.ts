/** What the oracle's aggregates measure over a window, and the comparisons with it, straight from their definitions. */
import type { Comparison, Expr, Measure, Rule } from '../../src/rule/ast.ts';
import type { OracleEvent } from './oracle.ts';

export type AggregateSpec = Extract<Rule['alert'], { kind: 'aggregate' }>;

/** The group's events, against which a baseline is told; the windows alone say everything else. */
export interface Past {
  readonly events: readonly OracleEvent[];
  readonly windowMs: number;
  readonly atMs: number;
  /** The first event of any kind of the rule's sources. */
  readonly beganMs: number;
}

export function holdsOver(alert: AggregateSpec, window: readonly OracleEvent[], past: Past): boolean {
  return alert.comparisons.every((comparison) => compares(comparison, window, past));
}

function within(events: readonly OracleEvent[], fromMs: number, beforeMs: number): readonly OracleEvent[] {
  return events.filter(({ timeMs }) => timeMs >= fromMs && timeMs < beforeMs);
}

/** The mean over the panes before the window (semantics: baseline). */
function baseline(expr: Expr, overMs: number, { events, windowMs, atMs, beganMs }: Past): number | undefined {
  const most = Math.floor(overMs / windowMs);
  const values: number[] = [];
  let pane = Math.floor(atMs / windowMs);
  // The latest that ends at D before now.
  while ((pane + 1) * windowMs > atMs - windowMs) pane--;
  for (let taken = 0; taken < most && pane * windowMs >= beganMs; taken++, pane--) {
    const members = within(events, pane * windowMs, (pane + 1) * windowMs);
    const isEmptyZero = ['count', 'distinct', 'sum'].includes(expr.kind);
    const value = members.length === 0 && !isEmptyZero ? undefined : valueOf(expr, members);
    if (value !== undefined) values.push(value);
  }
  return values.length < Math.ceil(most / 4) ? undefined : exactSum(values) / values.length;
}

function compares({ left, op, right }: Comparison, window: readonly OracleEvent[], past: Past): boolean {
  const side = (expr: Expr, other: Expr): number | undefined => {
    if (expr.kind !== 'baseline') return valueOf(expr, window);
    const mean = baseline(other, expr.over.ms, past);
    return mean === undefined ? undefined : expr.factor * mean;
  };
  const [a, b] = [side(left, right), side(right, left)];
  return a !== undefined && b !== undefined && holdsBetween(a, op, b);
}

export function holdsBetween(a: number, op: Comparison['op'], b: number): boolean {
  return { '>': a > b, '>=': a >= b, '<': a < b, '<=': a <= b, '==': a === b }[op];
}

export function valueOf(expr: Expr, window: readonly OracleEvent[]): number | undefined {
  if (expr.kind === 'number') return expr.value;
  if (expr.kind === 'baseline') throw new Error('A baseline stands beside what is measured');
  if (expr.kind !== 'ratio') return measured(expr, window);
  const numerator = measured(expr.numerator, window);
  const denominator = measured(expr.denominator, window);
  if (numerator === undefined || denominator === undefined || denominator === 0) return undefined;
  return numerator / denominator;
}

function measured(measure: Measure, window: readonly OracleEvent[]): number | undefined {
  if (measure.kind === 'count') {
    const { of } = measure;
    return of === undefined ? window.length : window.filter(({ lets }) => lets.includes(of.name)).length;
  }
  const values = window.flatMap(({ values }) => values[measure.field.name] ?? []);
  if (measure.kind === 'distinct') return new Set(values).size;
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  if (measure.kind === 'sum') return exactSum(numbers);
  if (numbers.length === 0) return undefined;
  if (measure.kind === 'avg') return exactSum(numbers) / numbers.length;
  if (measure.kind === 'min') return numbers[0];
  if (measure.kind === 'max') return numbers.at(-1);
  return numbers[Math.ceil((Number(measure.kind.slice(1)) * numbers.length) / 100) - 1];
}

/** The exact sum as a fraction of big integers, rounded once. */
export function exactSum(numbers: readonly number[]): number {
  // Every double is a whole multiple of 2^-1074.
  let total = 0n;
  for (const number of numbers) total += scaled(number);
  return rounded(total);
}

function scaled(number: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -size : size;
}

function rounded(total: bigint): number {
  const size = total < 0n ? -total : total;
  const extra = Math.max(0, size.toString(2).length - 53);
  const shift = BigInt(extra);
  let kept = size >> shift;
  const rest = size - (kept << shift);
  const half = extra === 0 ? 1n : 1n << (shift - 1n);
  if (extra > 0 && (rest > half || (rest === half && (kept & 1n) === 1n))) kept += 1n;
  // Two steps, since 2^-1074 times a large power of two is not one double.
  const value =
    extra > 1000 ? Number(kept) * 2 ** (extra - 1074) : Number(kept) * 2 ** -537 * 2 ** (extra - 537);
  return total < 0n ? -value : value;
}
