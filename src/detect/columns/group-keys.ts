/**
 * Finds the slot of a live group by its key: an open-addressing table with linear probing and backward-shift deletion (Knuth, TAOCP 3, 6.4,
 * algorithm R). The keys themselves stand in an arena (key-arena.ts).
 */
import { noBytes, noInts, noWords, withRoom } from './columns.ts';
import { hashInHand, KeyArena, takeKey } from './key-arena.ts';

export class GroupKeys {
  readonly #arena = new KeyArena();
  /** Address in the arena of the key of each slot; 0: the slot has no key. */
  #addresses = noWords;
  /** Slot plus one; 0: empty. The length is a power of two. */
  #table = noInts;
  /** For each place in the table: eight bits of the hash of its key. So hardly any other key is looked at, which lies somewhere far. */
  #marks = noBytes;
  #count = 0;

  /** Returns the slot of the key; −1 if there is none. */
  find(key: string): number {
    if (this.#count === 0) return -1;
    takeKey(key);
    return this.#table[this.#placeOfHand()]! - 1;
  }

  /** Adds a key, which must not be there yet. */
  add(key: string, slot: number): void {
    if ((this.#count + 1) * 4 > this.#table.length * 3) this.#enlarge(Math.max(16, this.#table.length * 2));
    takeKey(key);
    const place = this.#placeOfHand();
    const address = this.#arena.keep();
    this.#addresses = withRoom(this.#addresses, slot + 1);
    this.#addresses[slot] = address;
    this.#table[place] = slot + 1;
    this.#marks[place] = markOf(hashInHand());
    this.#count++;
  }

  remove(slot: number): void {
    const last = this.#table.length - 1;
    let place = this.#hashOf(slot) & last;
    while (this.#table[place] !== slot + 1) place = (place + 1) & last;
    this.#closeGap(place);
    this.#count--;
    this.#arena.free(this.#addresses[slot]!);
    this.#addresses[slot] = 0;
  }

  /** Enlarges the table at once, for `keys` keys to come. */
  reserve(keys: number): void {
    let length = Math.max(16, this.#table.length);
    while (keys * 4 > length * 3) length *= 2;
    if (length > this.#table.length) this.#enlarge(length);
  }

  key(slot: number): string {
    return this.#arena.text(this.#addresses[slot]!);
  }

  get bytes(): number {
    return this.#arena.bytes + this.#addresses.byteLength + this.#table.byteLength + this.#marks.byteLength;
  }

  #hashOf(slot: number): number {
    return this.#arena.hash(this.#addresses[slot]!);
  }

  /** Returns the place in the table of the key in hand, or the place where it would go. */
  #placeOfHand(): number {
    const [table, marks] = [this.#table, this.#marks];
    const last = table.length - 1;
    const hash = hashInHand();
    const mark = markOf(hash);
    let place = hash & last;
    for (; table[place] !== 0; place = (place + 1) & last)
      if (marks[place] === mark && this.#arena.isInHand(this.#addresses[table[place]! - 1]!)) break;
    return place;
  }

  /** Builds a larger table, slot by slot. Keys lie in the arena in about that order, which makes reading them much faster. */
  #enlarge(length: number): void {
    const table = new Int32Array(length);
    const marks = new Uint8Array(length);
    this.#table = table;
    this.#marks = marks;
    for (let slot = 0; slot < this.#addresses.length; slot++) {
      if (this.#addresses[slot] === 0) continue;
      const hash = this.#hashOf(slot);
      let place = hash & (length - 1);
      while (table[place] !== 0) place = (place + 1) & (length - 1);
      table[place] = slot + 1;
      marks[place] = markOf(hash);
    }
  }

  #closeGap(from: number): void {
    const table = this.#table;
    const last = table.length - 1;
    let gap = from;
    for (let place = (gap + 1) & last; table[place] !== 0; place = (place + 1) & last) {
      const home = this.#hashOf(table[place]! - 1) & last;
      // The entry may move to the gap unless its home lies behind the gap.
      if (((place - home) & last) < ((place - gap) & last)) continue;
      table[gap] = table[place]!;
      this.#marks[gap] = this.#marks[place]!;
      gap = place;
    }
    table[gap] = 0;
  }
}

/** Returns bits of a hash that the place of its key does not show, unless there are millions of keys. */
const markOf = (hash: number): number => hash >>> 24;
