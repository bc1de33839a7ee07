/**
 * The values of one window in order of size. They are exact up to 1,000 values. Above that they are in buckets with a relative error of at
 * most 1 % (as DDSketch, Masson et al. 2019), until the window is empty again. A cursor stands at the rank that was asked for last. It moves
 * as values come and leave, so that a rank is found in a few steps.
 */

export interface Quantiles {
  add(value: number): void;
  /** Removes a value that was added before. */
  remove(value: number): void;
  readonly size: number;
  /** Nearest rank: the ⌈percent·n/100⌉-th smallest value; undefined if there is none. */
  rank(percent: number): number | undefined;
  readonly isBucketed: boolean;
  /** Switches to buckets. For a restart: the window had exceeded the limit before it. */
  useBuckets(): void;
}

/** Half-width of a bucket, below 1 % so that rounding stays within 1 %. */
const RELATIVE_ERROR = 0.0099;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Larger than any bucket number of a double, so that negative values sort below zero. */
const BUCKET_OFFSET = 100_000;

/** `exactLimit`: the largest number of values that are kept one by one. */
export function createQuantiles(exactLimit = 1000): Quantiles {
  // Exact: `keys` are the values, each with its count. Bucketed: `keys` are the numbers of the buckets.
  let keys: number[] = [];
  let counts: number[] = [];
  let size = 0;
  let isBucketed = false;
  /** Index in `keys` of the cursor, and the number of values before that index. */
  let cursor = 0;
  let before = 0;

  function add(key: number, count: number): void {
    const at = lowerBound(keys, key);
    if (at < cursor) before += count;
    if (keys[at] === key) {
      counts[at] = counts[at]! + count;
      return;
    }
    keys.splice(at, 0, key);
    counts.splice(at, 0, count);
    if (at < cursor) cursor++;
  }

  function remove(key: number): void {
    const at = lowerBound(keys, key);
    if (at < cursor) before--;
    counts[at] = counts[at]! - 1;
    if (counts[at] > 0) return;
    keys.splice(at, 1);
    counts.splice(at, 1);
    if (at < cursor) cursor--;
  }

  /** Moves the cursor to the key of the nth value, from 1 to `size`. */
  function moveTo(nth: number): void {
    while (before >= nth) before -= counts[--cursor]!;
    while (before + counts[cursor]! < nth) before += counts[cursor++]!;
  }

  function useBuckets(): void {
    if (isBucketed) return;
    const values = keys;
    const valueCounts = counts;
    keys = [];
    counts = [];
    cursor = 0;
    before = 0;
    isBucketed = true;
    for (const [i, value] of values.entries()) add(bucketOf(value), valueCounts[i]!);
  }

  return {
    get size() {
      return size;
    },
    get isBucketed() {
      return isBucketed;
    },
    useBuckets,
    add(value) {
      add(isBucketed ? bucketOf(value) : value, 1);
      size++;
      if (size > exactLimit) useBuckets();
    },
    remove(value) {
      remove(isBucketed ? bucketOf(value) : value);
      size--;
      if (size === 0) isBucketed = false;
    },
    rank(percent) {
      if (size === 0) return undefined;
      moveTo(Math.max(1, Math.ceil((percent * size) / 100)));
      const key = keys[cursor]!;
      return isBucketed ? middleOf(key) : key;
    },
  };
}

function bucketOf(value: number): number {
  if (value === 0) return 0;
  const bucket = Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA) + BUCKET_OFFSET;
  return value > 0 ? bucket : -bucket;
}

function middleOf(key: number): number {
  if (key === 0) return 0;
  const size = (2 * Math.exp((Math.abs(key) - BUCKET_OFFSET) * LOG_GAMMA)) / (1 + GAMMA);
  return key > 0 ? size : -size;
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
