/** The random numbers of the benches' lines and rules. Every run makes the same, byte for byte. */
import { mulberry32 } from '../../support/timelines.ts';

export interface Draws {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, limit). */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** One call of any function takes one number of the sequence. */
export function draws(seed: number): Draws {
  const next = mulberry32(seed);
  const below = (limit: number): number => Math.trunc(next() * limit);
  return { next, below, pick: (items) => items[below(items.length)]! };
}
