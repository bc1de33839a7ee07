/**
 * What the events of one instant did to each group, kept only until the next instant: events of several groups come mixed, and
 * are judged after the last of them.
 */

export interface InstantNotes<T extends object> {
  /** The note of a slot for this instant, a new one where there is none. */
  at(slot: number, atMs: number): T;
  clear(slot: number): void;
}

export function createInstantNotes<T extends object>(create: () => T): InstantNotes<T> {
  const notes = new Map<number, T>();
  let nowMs = NaN;
  return {
    at(slot, atMs) {
      if (atMs !== nowMs) {
        notes.clear();
        nowMs = atMs;
      }
      let note = notes.get(slot);
      if (note === undefined) notes.set(slot, (note = create()));
      return note;
    },
    clear: (slot) => void notes.delete(slot),
  };
}
