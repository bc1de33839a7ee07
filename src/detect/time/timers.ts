/**
 * The timer of each slot: a 4-ary heap of slots over flat arrays, ordered by (time, slot). Each slot is in the heap once at most, and knows
 * its place there. (Larkin, Sen, Tarjan: A Back-to-Basics Empirical Study of Priority Queues, 2014.)
 */
import { noDoubles, noInts, withRoom } from '../columns/columns.ts';

export class Timers {
  #heap = noInts;
  #size = 0;
  /** The due time of each slot in the heap. */
  #due = noDoubles;
  /** The place of each slot in the heap plus one; 0: it is not in the heap. */
  #places = noInts;

  get bytes(): number {
    return this.#heap.byteLength + this.#due.byteLength + this.#places.byteLength;
  }

  /** Least time at which a timer is due; Infinity if there is no timer. */
  next(): number {
    return this.#size > 0 ? this.#due[this.#heap[0]!]! : Infinity;
  }

  /** Takes a slot that is due at `atMs` or before, and removes its timer; −1 if there is none. */
  take(atMs: number): number {
    const slot = this.#size > 0 ? this.#heap[0]! : -1;
    if (slot < 0 || this.#due[slot]! > atMs) return -1;
    this.disarm(slot);
    return slot;
  }

  /**
   * Makes the slot due at `atMs` at the latest. A slot that is due earlier stays so, since moving it at every event would cost more. The
   * caller of `take` then finds nothing to do yet, and arms the slot again. Infinity changes nothing.
   */
  arm(slot: number, atMs: number): void {
    if (atMs === Infinity) return;
    if (slot >= this.#places.length) {
      this.#due = withRoom(this.#due, slot + 1);
      this.#places = withRoom(this.#places, slot + 1);
    }
    const place = this.#places[slot]!;
    if (place > 0 && atMs >= this.#due[slot]!) return;
    this.#due[slot] = atMs;
    if (place > 0) {
      this.#rise(slot, place - 1);
      return;
    }
    this.#heap = withRoom(this.#heap, this.#size + 1);
    this.#rise(slot, this.#size++);
  }

  disarm(slot: number): void {
    const place = slot < this.#places.length ? this.#places[slot]! : 0;
    if (place === 0) return;
    this.#places[slot] = 0;
    this.#size--;
    const moved = this.#heap[this.#size]!;
    if (moved === slot) return;
    if (place > 1 && this.#isLess(moved, this.#heap[(place - 2) >> 2]!)) this.#rise(moved, place - 1);
    else this.#sink(moved, place - 1);
  }

  #isLess(a: number, b: number): boolean {
    const due = this.#due;
    return due[a]! < due[b]! || (due[a]! === due[b]! && a < b);
  }

  #put(slot: number, at: number): void {
    this.#heap[at] = slot;
    this.#places[slot] = at + 1;
  }

  #rise(slot: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!this.#isLess(slot, this.#heap[parent]!)) break;
      this.#put(this.#heap[parent]!, at);
      at = parent;
    }
    this.#put(slot, at);
  }

  #sink(slot: number, from: number): void {
    const heap = this.#heap;
    let at = from;
    for (;;) {
      const first = at * 4 + 1;
      if (first >= this.#size) break;
      let least = first;
      for (let child = first + 1; child < Math.min(first + 4, this.#size); child++)
        if (this.#isLess(heap[child]!, heap[least]!)) least = child;
      if (!this.#isLess(heap[least]!, slot)) break;
      this.#put(heap[least]!, at);
      at = least;
    }
    this.#put(slot, at);
  }
}
