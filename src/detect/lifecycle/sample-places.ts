/**
 * Finds the place in a ring by the position of an event: an open-addressing table with linear probing and backward-shift deletion (Knuth,
 * TAOCP 3, 6.4, algorithm R).
 */
import type { EventPosition } from '../../event/event.ts';
import { noDoubles, noInts, noWords, withRoom } from '../columns/columns.ts';
import { PartitionNumbers } from '../columns/partition-numbers.ts';

export class SamplePlaces {
  readonly #partitions = new PartitionNumbers();
  /** For each place: the number of its partition, and its offset. */
  #partitionOf = noWords;
  #offsets = noDoubles;
  /** Place plus one; 0: empty. The length is a power of two. */
  #table = noInts;
  #count = 0;

  /** Returns the place of the position; −1 if there is none. */
  find(position: EventPosition): number {
    if (this.#count === 0) return -1;
    return (
      this.#table[this.#entryOf(this.partition(position.source, position.partition), position.offset)]! - 1
    );
  }

  /** Adds a place for a position, which must have none. */
  add(place: number, position: EventPosition): void {
    if ((this.#count + 1) * 2 > this.#table.length) this.#enlarge();
    this.#partitionOf = withRoom(this.#partitionOf, place + 1);
    this.#offsets = withRoom(this.#offsets, place + 1);
    this.#partitionOf[place] = this.partition(position.source, position.partition);
    this.#offsets[place] = position.offset;
    this.#table[this.#entryOf(this.#partitionOf[place], position.offset)] = place + 1;
    this.#count++;
  }

  remove(place: number): void {
    const table = this.#table;
    const last = table.length - 1;
    let gap = this.#entryOf(this.#partitionOf[place]!, this.#offsets[place]!);
    for (let entry = (gap + 1) & last; table[entry] !== 0; entry = (entry + 1) & last) {
      const home = this.#homeOf(table[entry]! - 1);
      // It may move to the gap unless its home lies behind the gap.
      if (((entry - home) & last) < ((entry - gap) & last)) continue;
      table[gap] = table[entry]!;
      gap = entry;
    }
    table[gap] = 0;
    this.#count--;
  }

  /** Returns the number of a partition. */
  partition(source: string, partition: number): number {
    return this.#partitions.of(source, partition);
  }

  #homeOf(place: number): number {
    return hash(this.#partitionOf[place]!, this.#offsets[place]!) & (this.#table.length - 1);
  }

  /** Returns the entry in the table of a position, or the empty one where it would go. */
  #entryOf(partition: number, offset: number): number {
    const table = this.#table;
    const last = table.length - 1;
    let entry = hash(partition, offset) & last;
    for (; table[entry] !== 0; entry = (entry + 1) & last) {
      const place = table[entry]! - 1;
      if (this.#offsets[place] === offset && this.#partitionOf[place] === partition) break;
    }
    return entry;
  }

  #enlarge(): void {
    const before = this.#table;
    const table = new Int32Array(Math.max(16, before.length * 2));
    this.#table = table;
    for (const taken of before) {
      if (taken === 0) continue;
      let entry = this.#homeOf(taken - 1);
      while (table[entry] !== 0) entry = (entry + 1) & (table.length - 1);
      table[entry] = taken;
    }
  }
}

/** The last steps are those of MurmurHash3. A large offset counts by its lower 32 bits. */
function hash(partition: number, offset: number): number {
  let mixed = Math.imul(offset ^ Math.imul(partition + 1, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
