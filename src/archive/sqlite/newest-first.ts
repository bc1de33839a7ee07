/** Puts lists of events, each of them the newest first, together to one, and opens a list no earlier than its turn may come. */

export interface Found {
  readonly timeMs: number;
  readonly id: number;
}

/** A list that has not been looked at. No event of it is later than `maxMs`. */
export interface UnopenedList {
  readonly maxMs: number;
  open(): Iterator<Found>;
}

/** A list with its next event, or an unopened one with the latest event that it may have. */
interface Waiting {
  head: Found;
  rest: Iterator<Found> | UnopenedList;
}

/** Yields the events of all lists, the newest first. Events of one time go by their ids, the greatest first. */
export function* newestFirst(lists: readonly UnopenedList[]): Generator<Found> {
  // A heap: no list comes before the one at half of its place.
  const heap = lists
    .map((list): Waiting => ({ head: { timeMs: list.maxMs, id: Infinity }, rest: list }))
    .sort((a, b) => b.head.timeMs - a.head.timeMs);
  while (heap.length > 0) {
    const top = heap[0]!;
    if ('open' in top.rest) top.rest = top.rest.open();
    else yield top.head;
    const next = top.rest.next();
    if (next.done === true) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    } else top.head = next.value;
    sink(heap);
  }
}

/** Moves the first list of the heap to its place. */
function sink(heap: Waiting[]): void {
  for (let at = 0; ;) {
    let first = at;
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && isBefore(heap[child]!.head, heap[first]!.head)) first = child;
    if (first === at) return;
    [heap[at], heap[first]] = [heap[first]!, heap[at]!];
    at = first;
  }
}

function isBefore(a: Found, b: Found): boolean {
  return a.timeMs === b.timeMs ? a.id > b.id : a.timeMs > b.timeMs;
}
