/**
 * The notes of one instant, one a group, kept only until the next instant: events of several groups come mixed, and are judged
 * after the last of them.
 */

export interface InstantMarks<T> {
  /** The note of a slot for this instant; undefined where there is none. */
  at(slot: number, atMs: number): T | undefined;
  /** Notes of earlier instants go. */
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
