/** When each slot is next to be looked at: a binary heap over flat arrays, ordered by (time, slot), with one live entry a slot. */

export interface Timers {
  /** Least time at which something is due; Infinity when nothing is. */
  next(): number;
  /** A slot due exactly at this time, or −1. It is then no longer due. */
  take(atMs: number): number;
  /**
   * Makes the slot due at this time at the latest. One that is due earlier stays so (cheaper than moving it at every event): who
   * takes it then finds that nothing is to be done yet, and arms it again.
   */
  arm(slot: number, atMs: number): void;
  disarm(slot: number): void;
}

export function createTimers(): Timers {
  let times = new Float64Array(64);
  let slots = new Int32Array(64);
  let size = 0;
  let due = new Float64Array(64).fill(Infinity);

  function less(a: number, b: number): boolean {
    return times[a]! < times[b]! || (times[a]! === times[b]! && slots[a]! < slots[b]!);
  }
  function swap(a: number, b: number): void {
    const time = times[a]!;
    const slot = slots[a]!;
    times[a] = times[b]!;
    slots[a] = slots[b]!;
    times[b] = time;
    slots[b] = slot;
  }
  function push(atMs: number, slot: number): void {
    if (size === times.length) {
      times = larger(times);
      const more = new Int32Array(slots.length * 2);
      more.set(slots);
      slots = more;
    }
    times[size] = atMs;
    slots[size] = slot;
    let child = size++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!less(child, parent)) return;
      swap(child, parent);
      child = parent;
    }
  }
  function pop(): void {
    size--;
    times[0] = times[size]!;
    slots[0] = slots[size]!;
    let parent = 0;
    for (;;) {
      const left = parent * 2 + 1;
      if (left >= size) return;
      const least = left + 1 < size && less(left + 1, left) ? left + 1 : left;
      if (!less(least, parent)) return;
      swap(least, parent);
      parent = least;
    }
  }

  return {
    next() {
      // Entries that no longer say when their slot is due are left over from an earlier arming.
      while (size > 0 && due[slots[0]!] !== times[0]) pop();
      return size > 0 ? times[0]! : Infinity;
    },
    take(atMs) {
      while (size > 0 && times[0]! <= atMs) {
        const slot = slots[0]!;
        const isLive = due[slot] === times[0];
        pop();
        if (isLive) {
          due[slot] = Infinity;
          return slot;
        }
      }
      return -1;
    },
    arm(slot, atMs) {
      while (slot >= due.length) due = larger(due, Infinity);
      if (atMs >= due[slot]!) return;
      due[slot] = atMs;
      push(atMs, slot);
    },
    disarm(slot) {
      if (slot < due.length) due[slot] = Infinity;
    },
  };
}

function larger(array: Float64Array<ArrayBuffer>, filler = 0): Float64Array<ArrayBuffer> {
  const result = new Float64Array(array.length * 2).fill(filler, array.length);
  result.set(array);
  return result;
}
