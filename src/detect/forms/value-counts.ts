/** How often each value occurs in one window. Most windows have few values: these stand in a list, which takes far less memory than a map. */
import type { Value } from '../../event/event.ts';

/** Longer lists become maps. */
const LIST_MAX = 8;

export type ValueCounts = Value[] | Map<Value, number>;

/** Adds a value; returns the counts to keep. */
export function withValue(counts: ValueCounts | undefined, value: Value): ValueCounts {
  if (counts === undefined) return [value];
  if (!Array.isArray(counts)) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  }
  if (counts.length < LIST_MAX) {
    counts.push(value);
    return counts;
  }
  let map: ValueCounts = new Map();
  for (const each of counts) map = withValue(map, each);
  return withValue(map, value);
}

/** Removes a value that was added before; returns the counts to keep, undefined if no value is left. */
export function withoutValue(counts: ValueCounts, value: Value): ValueCounts | undefined {
  if (Array.isArray(counts)) {
    const last = counts.pop()!;
    if (last !== value) counts[counts.indexOf(value)] = last;
    return counts.length === 0 ? undefined : counts;
  }
  const left = counts.get(value)! - 1;
  if (left > 0) counts.set(value, left);
  else counts.delete(value);
  return counts.size === 0 ? undefined : counts;
}

/** Returns the number of different values. */
export function differentValues(counts: ValueCounts | undefined): number {
  if (counts === undefined) return 0;
  if (!Array.isArray(counts)) return counts.size;
  let different = 0;
  for (let i = 0; i < counts.length; i++) if (counts.indexOf(counts[i]!) === i) different++;
  return different;
}
