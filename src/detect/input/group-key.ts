/** A group by its key: the values of the `by` fields as one text. */
import type { Value } from '../../event/event.ts';

/** Equal values give equal keys, also across versions: keys stand in checkpoints. */
export function groupKey(values: readonly Value[]): string {
  return JSON.stringify(values);
}

/** The values that `groupKey` made the key of. */
export function groupValues(key: string): readonly Value[] {
  return JSON.parse(key) as readonly Value[];
}
