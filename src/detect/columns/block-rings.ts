/**
 * Places for the entries of many queues, one queue for each slot. The queues are rings of small blocks in one slab, so that a million
 * queues are a handful of arrays. `BlockRings` gives places out and takes them back; its owner keeps the entries that stand there.
 */
import { noBytes, noInts, withRoom } from './columns.ts';

const NONE = -1;
const BYTE_MAX = 255;

/** The blocks of a slot form a ring: the last block leads to the first. All blocks except these two are full. */
export class BlockRings {
  readonly #blockEntries: number;
  /** The next block of each block; for a free block, the next free one. */
  #next = noInts;
  #blocks = 0;
  #freed = NONE;
  /** Last block of each slot plus one; 0: the slot has no block. */
  #tails = noInts;
  /** Replaced by a wider column as soon as a queue has more entries than a byte can say. */
  #sizes: Uint8Array | Int32Array = noBytes;
  /** Place of the oldest entry in the first block of each slot. */
  #heads = noBytes;
  #total = 0;

  /** `blockEntries`: entries in one block, 1 to 8. */
  constructor(blockEntries: number) {
    this.#blockEntries = blockEntries;
  }

  /** All places given out so far are below this number. */
  get capacity(): number {
    return this.#next.length * this.#blockEntries;
  }

  /** Number of entries of all slots. */
  get total(): number {
    return this.#total;
  }

  get bytes(): number {
    return this.#next.byteLength + this.#tails.byteLength + this.#sizes.byteLength + this.#heads.byteLength;
  }

  size(slot: number): number {
    return slot < this.#sizes.length ? this.#sizes[slot]! : 0;
  }

  /** Returns the place of the oldest entry. The slot must have an entry. */
  front(slot: number): number {
    return this.#next[this.#tails[slot]! - 1]! * this.#blockEntries + this.#heads[slot]!;
  }

  /** Returns the place of an entry by its number, 0 for the oldest. Costs a step for each block. The slot must have the entry. */
  nth(slot: number, number: number): number {
    let block = this.#next[this.#tails[slot]! - 1]!;
    let within = this.#heads[slot]! + number;
    for (; within >= this.#blockEntries; within -= this.#blockEntries) block = this.#next[block]!;
    return block * this.#blockEntries + within;
  }

  /** Returns the place of the newest entry. The slot must have an entry. */
  back(slot: number): number {
    const within = (this.#heads[slot]! + this.#sizes[slot]! - 1) % this.#blockEntries;
    return (this.#tails[slot]! - 1) * this.#blockEntries + within;
  }

  /** Returns a new place behind the newest entry. Calls `move` when `count` entries of the slot must move to the front of their block. */
  push(slot: number, move: (from: number, to: number, count: number) => void): number {
    if (slot >= this.#tails.length) {
      this.#sizes = withRoom<Uint8Array | Int32Array>(this.#sizes, slot + 1);
      this.#tails = withRoom(this.#tails, slot + 1);
      this.#heads = withRoom(this.#heads, slot + 1);
    }
    const place = this.#room(slot, move);
    const size = this.#sizes[slot]! + 1;
    if (size > BYTE_MAX && this.#sizes instanceof Uint8Array) this.#sizes = Int32Array.from(this.#sizes);
    this.#sizes[slot] = size;
    this.#total++;
    return place;
  }

  /** Removes the oldest entry. The slot must have an entry. */
  shift(slot: number): void {
    const tail = this.#tails[slot]! - 1;
    const block = this.#next[tail]!;
    this.#sizes[slot] = this.#sizes[slot]! - 1;
    this.#total--;
    this.#heads[slot] = (this.#heads[slot]! + 1) % this.#blockEntries;
    if (this.#sizes[slot] === 0) {
      this.#tails[slot] = 0;
      this.#freeBlock(block);
    } else if (this.#heads[slot] === 0) {
      this.#next[tail] = this.#next[block]!;
      this.#freeBlock(block);
    }
  }

  /** Removes all entries of the slot. */
  clear(slot: number): void {
    if (this.size(slot) === 0) return;
    const tail = this.#tails[slot]! - 1;
    const block = this.#next[tail]!;
    this.#next[tail] = this.#freed;
    this.#freed = block;
    this.#total -= this.#sizes[slot]!;
    this.#tails[slot] = 0;
    this.#sizes[slot] = 0;
  }

  /** The places of a slot's entries, oldest first. */
  *places(slot: number): Iterable<number> {
    const count = this.size(slot);
    if (count === 0) return;
    let block = this.#next[this.#tails[slot]! - 1]!;
    let within = this.#heads[slot]!;
    for (let i = 0; i < count; i++) {
      yield block * this.#blockEntries + within;
      within++;
      if (within < this.#blockEntries) continue;
      within = 0;
      block = this.#next[block]!;
    }
  }

  #room(slot: number, move: (from: number, to: number, count: number) => void): number {
    const count = this.#sizes[slot]!;
    if (count === 0) {
      const block = this.#newBlock();
      this.#next[block] = block;
      this.#tails[slot] = block + 1;
      this.#heads[slot] = 0;
      return block * this.#blockEntries;
    }
    const last = this.back(slot);
    if ((last + 1) % this.#blockEntries !== 0) return last + 1;
    const tail = this.#tails[slot]! - 1;
    if (count < this.#blockEntries && this.#next[tail] === tail) {
      // Entries that fit into one block stay in one block.
      const to = tail * this.#blockEntries;
      move(to + this.#heads[slot]!, to, count);
      this.#heads[slot] = 0;
      return to + count;
    }
    const block = this.#newBlock();
    this.#next[block] = this.#next[tail]!;
    this.#next[tail] = block;
    this.#tails[slot] = block + 1;
    return block * this.#blockEntries;
  }

  #newBlock(): number {
    if (this.#freed !== NONE) {
      const taken = this.#freed;
      this.#freed = this.#next[taken]!;
      return taken;
    }
    const taken = this.#blocks++;
    this.#next = withRoom(this.#next, this.#blocks);
    return taken;
  }

  #freeBlock(block: number): void {
    this.#next[block] = this.#freed;
    this.#freed = block;
  }
}
