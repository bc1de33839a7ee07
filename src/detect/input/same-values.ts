/** Compares lists of values. */
import type { Value } from '../../event/event.ts';

/** Returns true for lists of the same values in the same order: as `Object.is`, so 0 is not -0. Same values have the same JSON. */
export function areSameValues(a: readonly Value[], b: readonly Value[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
