/**
 * The notes of one instant, one a group, kept only until the next instant: events of several groups come mixed, and are judged
 * after the last of them.
 */

export interface InstantNotes<T> {
  /** The note of a slot for this instant; undefined where there is none. */
  at(slot: number, atMs: number): T | undefined;
  /** Notes of earlier instants go. */
  set(slot: number, atMs: number, note: T): void;
  clear(slot: number): void;
}

export function createInstantNotes<T>(): InstantNotes<T> {
  const notes = new Map<number, T>();
  let notedMs = NaN;
  return {
    at: (slot, atMs) => (atMs === notedMs ? notes.get(slot) : undefined),
    set(slot, atMs, note) {
      if (atMs !== notedMs) {
        notes.clear();
        notedMs = atMs;
      }
      notes.set(slot, note);
    },
    clear: (slot) => void notes.delete(slot),
  };
}
