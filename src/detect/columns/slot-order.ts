/**
 * Slots in the order in which they were last used: a linked list in two columns. Free slots are chained through one of the columns, and are
 * given out again.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noInts, withRoom } from './columns.ts';

const NONE = -1;

export class SlotOrder {
  /** The next newer slot; for a free slot, the next free one. */
  #newer = noInts;
  #older = noInts;
  #slotCount = 0;
  #freed = NONE;
  #oldest = NONE;
  #newest = NONE;

  /** All slots given out so far are below this number. */
  get slotCount(): number {
    return this.#slotCount;
  }

  /** The slot that was used longest ago; −1 if there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  get bytes(): number {
    return this.#newer.byteLength + this.#older.byteLength;
  }

  /** Returns a free slot, which becomes the newest. */
  add(): number {
    const slot = this.#freeSlot();
    this.append(slot);
    return slot;
  }

  /** Makes a slot the newest; it must have no place in the order yet. */
  append(slot: number): void {
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  /** Makes a slot the newest. */
  touch(slot: number): void {
    if (slot === this.#newest) return;
    this.#unlink(slot);
    this.append(slot);
  }

  free(slot: number): void {
    this.#unlink(slot);
    this.#newer[slot] = this.#freed;
    this.#freed = slot;
  }

  /** The slots from the oldest to the newest. */
  slots(): Generator<number, void> {
    return walk(this.#oldest, this.#newer);
  }

  /** As `slots`, but unchanged by what happens meanwhile. Costs one copy of a column. */
  slotsAsOfNow(): Generator<number, void> {
    return walk(this.#oldest, this.#newer.slice(0, this.#slotCount));
  }

  /** Writes which slots are free. The order of the others is the order in which loading appends them. */
  save(writer: ByteWriter): void {
    writer.whole(this.#slotCount);
    const free = [...walk(this.#freed, this.#newer)];
    writer.whole(free.length);
    for (const slot of free) writer.whole(slot);
  }

  load(reader: ByteReader): void {
    this.#slotCount = reader.whole();
    this.#makeRoom();
    let last = NONE;
    for (let left = reader.whole(); left > 0; left--) {
      const slot = reader.whole();
      if (last === NONE) this.#freed = slot;
      else this.#newer[last] = slot;
      this.#newer[slot] = NONE;
      last = slot;
    }
  }

  #unlink(slot: number): void {
    const before = this.#older[slot]!;
    const after = this.#newer[slot]!;
    if (before === NONE) this.#oldest = after;
    else this.#newer[before] = after;
    if (after === NONE) this.#newest = before;
    else this.#older[after] = before;
  }

  #freeSlot(): number {
    if (this.#freed === NONE) {
      this.#slotCount++;
      this.#makeRoom();
      return this.#slotCount - 1;
    }
    const slot = this.#freed;
    this.#freed = this.#newer[slot]!;
    return slot;
  }

  #makeRoom(): void {
    this.#newer = withRoom(this.#newer, this.#slotCount);
    this.#older = withRoom(this.#older, this.#slotCount);
  }
}

function* walk(from: number, links: Int32Array): Generator<number, void> {
  for (let slot = from; slot !== NONE; slot = links[slot]!) yield slot;
}
