/** The key of a group: the values of its `by` fields as one text. */
import type { EventPosition, Value } from '../../event/event.ts';
import { areSameValues } from './same-values.ts';

/** Returns the key. Equal values give equal keys in every version, because keys stand in checkpoints. */
export function groupKey(values: readonly Value[]): string {
  return JSON.stringify(values);
}

/** Returns the values from which `groupKey` made the key. */
export function groupValues(key: string): readonly Value[] {
  return JSON.parse(key) as readonly Value[];
}

/** Groups of an event that are looked through for an equal one. */
const COMPARED_MAX = 8;

/**
 * Returns a function that gives the key of a match's group. Where rules group one event alike, the key is made once: give it the matches of
 * an event one after the other.
 */
export function groupKeys(): (match: {
  readonly group: readonly Value[];
  readonly position: EventPosition;
}) => string {
  let event: EventPosition | undefined;
  const groups: (readonly Value[])[] = [];
  const keys: string[] = [];
  return ({ group, position }) => {
    if (position !== event) {
      groups.length = keys.length = 0;
      event = position;
    }
    for (let i = 0; i < groups.length; i++) if (areSameValues(groups[i]!, group)) return keys[i]!;
    const key = groupKey(group);
    if (groups.length < COMPARED_MAX) {
      groups.push(group);
      keys.push(key);
    }
    return key;
  };
}
