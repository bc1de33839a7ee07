/**
 * When each slot is next to be looked at: a 4-ary heap of slots over flat arrays, ordered by (time, slot). Each slot is in it once
 * at the most, and knows where. (Larkin, Sen, Tarjan: A Back-to-Basics Empirical Study of Priority Queues, 2014.)
 */
import { noDoubles, noInts, withRoom } from '../columns/columns.ts';

export interface Timers {
  /** Least time at which something is due; Infinity when nothing is. */
  next(): number;
  /** A slot due at this time or before, or −1. It is then no longer due. */
  take(atMs: number): number;
  /**
   * Makes the slot due at this time at the latest. One that is due earlier stays so (cheaper than moving it at every event): who
   * takes it then finds that nothing is to be done yet, and arms it again. Infinity: no later than it is due already.
   */
  arm(slot: number, atMs: number): void;
  disarm(slot: number): void;
  readonly bytes: number;
}

export function createTimers(): Timers {
  let heap = noInts;
  let size = 0;
  /** Of a slot in the heap. */
  let due = noDoubles;
  /** Place in the heap plus one; 0: not in it. */
  let places = noInts;

  const isLess = (a: number, b: number): boolean => due[a]! < due[b]! || (due[a]! === due[b]! && a < b);

  function put(slot: number, at: number): void {
    heap[at] = slot;
    places[slot] = at + 1;
  }

  function rise(slot: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!isLess(slot, heap[parent]!)) break;
      put(heap[parent]!, at);
      at = parent;
    }
    put(slot, at);
  }

  function sink(slot: number, from: number): void {
    let at = from;
    for (;;) {
      const first = at * 4 + 1;
      if (first >= size) break;
      let least = first;
      for (let child = first + 1; child < Math.min(first + 4, size); child++)
        if (isLess(heap[child]!, heap[least]!)) least = child;
      if (!isLess(heap[least]!, slot)) break;
      put(heap[least]!, at);
      at = least;
    }
    put(slot, at);
  }

  function disarm(slot: number): void {
    const place = slot < places.length ? places[slot]! : 0;
    if (place === 0) return;
    places[slot] = 0;
    size--;
    const moved = heap[size]!;
    if (moved === slot) return;
    if (place > 1 && isLess(moved, heap[(place - 2) >> 2]!)) rise(moved, place - 1);
    else sink(moved, place - 1);
  }

  return {
    next: () => (size > 0 ? due[heap[0]!]! : Infinity),
    take(atMs) {
      const slot = size > 0 ? heap[0]! : -1;
      if (slot < 0 || due[slot]! > atMs) return -1;
      disarm(slot);
      return slot;
    },
    arm(slot, atMs) {
      if (atMs === Infinity) return;
      due = withRoom(due, slot + 1);
      places = withRoom(places, slot + 1);
      const place = places[slot]!;
      if (place > 0 && atMs >= due[slot]!) return;
      due[slot] = atMs;
      if (place > 0) {
        rise(slot, place - 1);
        return;
      }
      heap = withRoom(heap, size + 1);
      rise(slot, size++);
    },
    disarm,
    get bytes() {
      return heap.byteLength + due.byteLength + places.byteLength;
    },
  };
}
