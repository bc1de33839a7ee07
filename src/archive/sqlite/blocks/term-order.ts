/**
 * The order of terms by their bytes. Terms are sorted by four bytes at a time, together with their numbers as one double each, since V8 sorts
 * doubles without calling back; terms that have the four bytes in common are sorted by the next four.
 */
import type { TermTable } from './term-table.ts';

const KEY_BYTES = 4;
/** A number of a term is below this: the key takes 32 bits, and a double is exact up to 53. */
const TERMS_MAX = 2 ** 21;
/** So few terms are sorted by insertion. */
const FEW = 8;

type Terms = Pick<TermTable, 'count' | 'text' | 'starts'>;

/** Returns the numbers of the terms in the order of their bytes. A term comes before those that it begins. */
export function sortedTerms(terms: Terms): Uint32Array {
  const order = new Uint32Array(terms.count);
  for (let term = 0; term < order.length; term += 1) order[term] = term;
  if (terms.count > TERMS_MAX) return order.sort(byBytes(terms));
  const keys = new Float64Array(terms.count);
  // Ranges that are still to be sorted: from, to, the number of bytes that all terms of the range have in common.
  const open = [0, terms.count, 0];
  while (open.length > 0) {
    const depth = open.pop()!;
    const to = open.pop()!;
    const from = open.pop()!;
    if (to - from <= FEW) insertionSort(terms, order, from, to, depth);
    else sortByKeys(terms, order, keys.subarray(from, to), from, depth, open);
  }
  return order;
}

/** Sorts a range by the bytes behind a depth. Adds the ranges of terms that have these in common to `open`. */
function sortByKeys(
  terms: Terms,
  order: Uint32Array,
  keys: Float64Array,
  from: number,
  depth: number,
  open: number[],
): void {
  for (let i = 0; i < keys.length; i += 1) {
    const term = order[from + i]!;
    keys[i] = keyAt(terms, term, depth) * TERMS_MAX + term;
  }
  keys.sort();
  const tied = (begin: number, end: number, key: number): void => {
    if (end - begin < 2) return;
    // Some of the terms may have ended, others go on with zeros.
    if (key % 256 === 0) order.subarray(from + begin, from + end).sort(byBytes(terms));
    else open.push(from + begin, from + end, depth + KEY_BYTES);
  };
  let begin = 0;
  let before = -1;
  for (let i = 0; i < keys.length; i += 1) {
    const key = Math.floor(keys[i]! / TERMS_MAX);
    order[from + i] = keys[i]! - key * TERMS_MAX;
    if (key === before) continue;
    tied(begin, i, before);
    begin = i;
    before = key;
  }
  tied(begin, keys.length, before);
}

/** Returns four bytes of a term as a number. Behind its end there are zeros. */
function keyAt({ text, starts }: Terms, term: number, depth: number): number {
  const at = starts[term]! + depth;
  const end = starts[term + 1]!;
  if (at + KEY_BYTES <= end)
    return ((text[at]! << 24) | (text[at + 1]! << 16) | (text[at + 2]! << 8) | text[at + 3]!) >>> 0;
  let key = 0;
  for (let i = at; i < at + KEY_BYTES; i += 1) key = key * 256 + (i < end ? text[i]! : 0);
  return key;
}

function insertionSort(terms: Terms, order: Uint32Array, from: number, to: number, depth: number): void {
  for (let i = from + 1; i < to; i += 1) {
    const term = order[i]!;
    let at = i;
    while (at > from && isBefore(terms, term, order[at - 1]!, depth)) {
      order[at] = order[at - 1]!;
      at -= 1;
    }
    order[at] = term;
  }
}

function byBytes(terms: Terms): (a: number, b: number) => number {
  return (a, b) => (a === b ? 0 : isBefore(terms, a, b, 0) ? -1 : 1);
}

function isBefore({ text, starts }: Terms, a: number, b: number, depth: number): boolean {
  const [endA, endB] = [starts[a + 1]!, starts[b + 1]!];
  let [x, y] = [starts[a]! + depth, starts[b]! + depth];
  while (x < endA && y < endB && text[x] === text[y]) {
    x += 1;
    y += 1;
  }
  // A term that has ended comes first.
  return x >= endA || y >= endB ? endA - x < endB - y : text[x]! < text[y]!;
}
