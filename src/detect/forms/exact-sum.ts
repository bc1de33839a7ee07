/**
 * The exact sum of doubles, kept so that values can also leave it again. Method: non-overlapping partial sums, J. R. Shewchuk, Adaptive
 * Precision Floating-Point Arithmetic (1997), rounded once as Python's math.fsum does.
 */

/** Adds a value in place; subtract by adding its negative. The partials stay exact while no intermediate result overflows. */
export function addExactly(partials: number[], value: number): void {
  let x = value;
  let kept = 0;
  for (let y of partials) {
    if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
    const high = x + y;
    const low = y - (high - x);
    if (low !== 0) partials[kept++] = low;
    x = high;
  }
  partials.length = kept;
  partials.push(x);
}

export function roundedSum(partials: readonly number[]): number {
  let n = partials.length;
  if (n === 0) return 0;
  let high = partials[--n]!;
  let low = 0;
  while (n > 0) {
    const x = high;
    const y = partials[--n]!;
    high = x + y;
    low = y - (high - x);
    if (low !== 0) break;
  }
  // Half-way cases: the remaining partials decide the rounding to even.
  if (n > 0 && ((low < 0 && partials[n - 1]! < 0) || (low > 0 && partials[n - 1]! > 0))) {
    const doubled = low * 2;
    const rounded = high + doubled;
    if (doubled === rounded - high) high = rounded;
  }
  return high;
}
