/**
 * Marks of one instant, one for each group, kept only until the next instant. Events of several groups come mixed, and their groups are
 * judged after the last event of the instant.
 */

export interface InstantMarks<T> {
  /** Returns the mark of a slot for this instant; undefined if there is none. */
  at(slot: number, atMs: number): T | undefined;
  /** Sets the mark of a slot for this instant. Marks of earlier instants go. */
  set(slot: number, atMs: number, mark: T): void;
  clear(slot: number): void;
}

export function createInstantMarks<T>(): InstantMarks<T> {
  const marks = new Map<number, T>();
  let markedMs = NaN;
  return {
    at: (slot, atMs) => (atMs === markedMs ? marks.get(slot) : undefined),
    set(slot, atMs, mark) {
      if (atMs !== markedMs) {
        marks.clear();
        markedMs = atMs;
      }
      marks.set(slot, mark);
    },
    clear: (slot) => void marks.delete(slot),
  };
}
