/**
 * Where each live group is, by its key: an open-addressing table with linear probing and backward-shift deletion (Knuth, TAOCP 3,
 * 6.4, algorithm R). The keys themselves stand in an arena (key-arena.ts).
 */
import { noInts, noWords, withRoom } from './columns.ts';
import { hashInHand, KeyArena, takeKey } from './key-arena.ts';

export class GroupKeys {
  readonly #arena = new KeyArena();
  /** Where in the arena the key of a slot begins; 0: it has none. */
  #addresses = noWords;
  /** Slot plus one; 0: empty. A power of two long. */
  #table = noInts;
  #count = 0;

  /** Slot of the key, −1 where there is none. */
  find(key: string): number {
    if (this.#count === 0) return -1;
    takeKey(key);
    return this.#table[this.#placeOfHand()]! - 1;
  }

  /** The key must not be there yet. */
  add(key: string, slot: number): void {
    if ((this.#count + 1) * 4 > this.#table.length * 3) this.#enlarge(Math.max(16, this.#table.length * 2));
    takeKey(key);
    const place = this.#placeOfHand();
    const address = this.#arena.keep();
    this.#addresses = withRoom(this.#addresses, slot + 1);
    this.#addresses[slot] = address;
    this.#table[place] = slot + 1;
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

  /** So many keys will come: the table is made large enough at once. */
  reserve(keys: number): void {
    let length = Math.max(16, this.#table.length);
    while (keys * 4 > length * 3) length *= 2;
    if (length > this.#table.length) this.#enlarge(length);
  }

  key(slot: number): string {
    return this.#arena.text(this.#addresses[slot]!);
  }

  get bytes(): number {
    return this.#arena.bytes + this.#addresses.byteLength + this.#table.byteLength;
  }

  #hashOf(slot: number): number {
    return this.#arena.hash(this.#addresses[slot]!);
  }

  /** Where the key in hand is in the table, or where it would go. */
  #placeOfHand(): number {
    const table = this.#table;
    const last = table.length - 1;
    let place = hashInHand() & last;
    while (table[place] !== 0 && !this.#arena.isInHand(this.#addresses[table[place]! - 1]!))
      place = (place + 1) & last;
    return place;
  }

  /** Slot by slot: keys lie in the arena about in that order, and are read much faster so. */
  #enlarge(length: number): void {
    const table = new Int32Array(length);
    this.#table = table;
    for (let slot = 0; slot < this.#addresses.length; slot++) {
      if (this.#addresses[slot] === 0) continue;
      let place = this.#hashOf(slot) & (length - 1);
      while (table[place] !== 0) place = (place + 1) & (length - 1);
      table[place] = slot + 1;
    }
  }

  #closeGap(from: number): void {
    const table = this.#table;
    const last = table.length - 1;
    let gap = from;
    for (let place = (gap + 1) & last; table[place] !== 0; place = (place + 1) & last) {
      const home = this.#hashOf(table[place]! - 1) & last;
      // It may move to the gap unless its home lies behind it.
      if (((place - home) & last) < ((place - gap) & last)) continue;
      table[gap] = table[place]!;
      gap = place;
    }
    table[gap] = 0;
  }
}
