/**
 * Sizes at which state that grows is held against a plain model: every one through the first growths, where a column that is a
 * place too short shows, then ever fewer up to 5,000. TOCSIN_EVERY_SIZE: every one of them.
 */
import { seeded, type Random } from './timelines.ts';

const SIZE_MAX = 5_000;

export function sizesOfGrowth(): readonly number[] {
  const sizes: number[] = [];
  const isEvery = process.env['TOCSIN_EVERY_SIZE'] !== undefined;
  for (let size = 1; size < SIZE_MAX; size += isEvery || size < 64 ? 1 : Math.floor(size / 6))
    sizes.push(size);
  return [...sizes, SIZE_MAX];
}

/** For every size a random of its own, so that a failure is found again by its size alone. */
export function atEverySize(run: (size: number, random: Random) => void): void {
  for (const size of sizesOfGrowth()) run(size, seeded(size));
}

/** The numbers below `size`, in their order or in any. */
export function inSomeOrder(size: number, random: Random): readonly number[] {
  const numbers = Array.from({ length: size }, (_, i) => i);
  if (random.chance(50)) return numbers;
  for (let i = size - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [numbers[i], numbers[other]] = [numbers[other]!, numbers[i]!];
  }
  return numbers;
}
