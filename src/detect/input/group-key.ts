/** The key of a group: the values of its `by` fields as one text. */
import type { Value } from '../../event/event.ts';

/** Returns the key. Equal values give equal keys in every version, because keys stand in checkpoints. */
export function groupKey(values: readonly Value[]): string {
  return JSON.stringify(values);
}

/** Returns the values from which `groupKey` made the key. */
export function groupValues(key: string): readonly Value[] {
  return JSON.parse(key) as readonly Value[];
}
