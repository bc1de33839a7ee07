/**
 * The least or the greatest value of one window. Values leave in the order in which they came, so a value is kept only until one comes that
 * is as good: the kept values are in order, and the first one is the answer (a monotonic queue; each value enters and leaves once).
 */

export interface Extremes {
  add(value: number): void;
  /** Removes the value that was added before all others. */
  remove(value: number): void;
  /** Returns the value; undefined if there is none. */
  value(): number | undefined;
}

/** Values gone from the front of the list are cut off once there are so many, and they are more than half of it. */
const GONE_MIN = 64;

export function createExtremes(which: 'min' | 'max'): Extremes {
  const isWorse = (a: number, b: number): boolean => (which === 'min' ? a > b : a < b);
  /** From the answer on, each one a worse answer than the one before it. Equal values stand side by side. */
  let kept: number[] = [];
  let head = 0;

  return {
    add(value) {
      while (kept.length > head && isWorse(kept.at(-1)!, value)) kept.pop();
      kept.push(value);
    },
    remove(value) {
      if (kept[head] !== value) return;
      head++;
      if (head < GONE_MIN || head * 2 < kept.length) return;
      kept = kept.slice(head);
      head = 0;
    },
    value: () => (head < kept.length ? kept[head] : undefined),
  };
}
