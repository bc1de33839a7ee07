/**
 * Counts how often each value occurs in each slot. A pair of slot and value is an entry in columns, found by an open-addressing table with
 * linear probing and backward-shift deletion (Knuth, TAOCP 3, 6.4, algorithm R). The value stands in an arena as bytes, so that a hundred
 * thousand values are no work for the garbage collector. Values are told apart by type and by all their bytes; 0 and -0 are one value.
 * Texts must be well-formed, as those of fields are.
 */
import type { Value } from '../../event/event.ts';
import { noBytes, noInts, noWords, withRoom } from './columns.ts';
import { hashInHand, KeyArena, takeKey } from './key-arena.ts';

const TEXT = 0;
const NUMBER = 1;
const BOOLEAN = 2;
const TABLE_MIN = 16;

export class CountedValues {
  readonly #arena = new KeyArena();
  /** For each entry: address and type of its value, its slot, how often it occurs, its hash. */
  #addresses = noWords;
  #types = noBytes;
  #slots = noInts;
  #counts = noInts;
  #hashes = noWords;
  /** The entries of a slot are linked: the next one and the one before, plus one. Free entries are linked by `#next`. */
  #next = noInts;
  #before = noInts;
  #freed = 0;
  #entries = 0;
  /** For each slot: its first entry plus one, and the number of its entries. */
  #firsts = noInts;
  #different = noInts;
  /** Entry plus one; 0: empty. The length is a power of two. */
  #table = noInts;
  #size = 0;

  get bytes(): number {
    const entries = this.#addresses.byteLength + this.#types.byteLength + this.#slots.byteLength;
    const more = this.#counts.byteLength + this.#hashes.byteLength + 2 * this.#next.byteLength;
    const slots = this.#firsts.byteLength + this.#different.byteLength;
    return this.#arena.bytes + entries + more + slots + this.#table.byteLength;
  }

  /** Returns the number of different values of a slot. */
  different(slot: number): number {
    return slot < this.#different.length ? this.#different[slot]! : 0;
  }

  /** Counts a value once more; returns its entry. */
  add(slot: number, value: Value): number {
    if ((this.#size + 1) * 2 > this.#table.length) this.#enlarge();
    const type = takeInHand(value);
    const hash = hashOf(slot, type);
    const place = this.#placeOf(hash, slot, type);
    if (this.#table[place] !== 0) {
      const entry = this.#table[place]! - 1;
      this.#counts[entry] = this.#counts[entry]! + 1;
      return entry;
    }
    const entry = this.#newEntry();
    this.#table[place] = entry + 1;
    this.#size++;
    this.#addresses[entry] = this.#arena.keep();
    this.#types[entry] = type;
    this.#slots[entry] = slot;
    this.#counts[entry] = 1;
    this.#hashes[entry] = hash;
    this.#link(entry, slot);
    return entry;
  }

  /** Returns the entry of a value in a slot, which must have it. */
  find(slot: number, value: Value): number {
    const type = takeInHand(value);
    return this.#table[this.#placeOf(hashOf(slot, type), slot, type)]! - 1;
  }

  /** Counts the value of an entry once less. The entry ends with the last one. */
  remove(entry: number): void {
    const count = this.#counts[entry]! - 1;
    this.#counts[entry] = count;
    if (count > 0) return;
    this.#unlink(entry);
    this.#forget(entry);
  }

  value(entry: number): Value {
    const text = this.#arena.text(this.#addresses[entry]!);
    const type = this.#types[entry];
    if (type === NUMBER) return Number(text);
    return type === BOOLEAN ? text === 'true' : text;
  }

  /** Forgets all values of a slot. */
  clear(slot: number): void {
    if (this.different(slot) === 0) return;
    for (let entry = this.#firsts[slot]! - 1; entry >= 0;) {
      const next = this.#next[entry]! - 1;
      this.#forget(entry);
      entry = next;
    }
    this.#firsts[slot] = 0;
    this.#different[slot] = 0;
  }

  #newEntry(): number {
    if (this.#freed > 0) {
      const entry = this.#freed - 1;
      this.#freed = this.#next[entry]!;
      return entry;
    }
    const entry = this.#entries++;
    if (entry >= this.#addresses.length) this.#growEntries(entry + 1);
    return entry;
  }

  #growEntries(length: number): void {
    this.#addresses = withRoom(this.#addresses, length);
    this.#types = withRoom(this.#types, length);
    this.#slots = withRoom(this.#slots, length);
    this.#counts = withRoom(this.#counts, length);
    this.#hashes = withRoom(this.#hashes, length);
    this.#next = withRoom(this.#next, length);
    this.#before = withRoom(this.#before, length);
  }

  #link(entry: number, slot: number): void {
    if (slot >= this.#firsts.length) {
      this.#firsts = withRoom(this.#firsts, slot + 1);
      this.#different = withRoom(this.#different, slot + 1);
    }
    const next = this.#firsts[slot]!;
    this.#next[entry] = next;
    this.#before[entry] = 0;
    if (next > 0) this.#before[next - 1] = entry + 1;
    this.#firsts[slot] = entry + 1;
    this.#different[slot] = this.#different[slot]! + 1;
  }

  #unlink(entry: number): void {
    const slot = this.#slots[entry]!;
    const [next, before] = [this.#next[entry]!, this.#before[entry]!];
    if (next > 0) this.#before[next - 1] = before;
    if (before > 0) this.#next[before - 1] = next;
    else this.#firsts[slot] = next;
    this.#different[slot] = this.#different[slot]! - 1;
  }

  /** Takes an entry, which is linked no more, out of the table, and frees it. */
  #forget(entry: number): void {
    const last = this.#table.length - 1;
    let place = this.#hashes[entry]! & last;
    while (this.#table[place] !== entry + 1) place = (place + 1) & last;
    this.#closeGap(place);
    this.#size--;
    this.#arena.free(this.#addresses[entry]!);
    this.#next[entry] = this.#freed;
    this.#freed = entry + 1;
  }

  /** Returns the place in the table of the value in hand, or the place where it would go. */
  #placeOf(hash: number, slot: number, type: number): number {
    const table = this.#table;
    const last = table.length - 1;
    let place = hash & last;
    for (; table[place] !== 0; place = (place + 1) & last) {
      const entry = table[place]! - 1;
      if (this.#hashes[entry] !== hash || this.#slots[entry] !== slot || this.#types[entry] !== type)
        continue;
      if (this.#arena.isInHand(this.#addresses[entry]!)) break;
    }
    return place;
  }

  #enlarge(): void {
    const before = this.#table;
    const table = new Int32Array(Math.max(TABLE_MIN, 2 * before.length));
    const last = table.length - 1;
    for (const taken of before) {
      if (taken === 0) continue;
      let place = this.#hashes[taken - 1]! & last;
      while (table[place] !== 0) place = (place + 1) & last;
      table[place] = taken;
    }
    this.#table = table;
  }

  #closeGap(from: number): void {
    const table = this.#table;
    const last = table.length - 1;
    let gap = from;
    for (let place = (gap + 1) & last; table[place] !== 0; place = (place + 1) & last) {
      const home = this.#hashes[table[place]! - 1]! & last;
      // The entry may move to the gap unless its home lies behind the gap.
      if (((place - home) & last) < ((place - gap) & last)) continue;
      table[gap] = table[place]!;
      gap = place;
    }
    table[gap] = 0;
  }
}

/** Takes the text of a value in hand; returns its type. */
function takeInHand(value: Value): number {
  if (typeof value === 'string') {
    takeKey(value);
    return TEXT;
  }
  takeKey(String(value));
  return typeof value === 'number' ? NUMBER : BOOLEAN;
}

/** Returns the hash of a slot and the value in hand. The steps are those of MurmurHash3. */
function hashOf(slot: number, type: number): number {
  let mixed = Math.imul(hashInHand() ^ Math.imul(slot * 3 + type + 1, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
