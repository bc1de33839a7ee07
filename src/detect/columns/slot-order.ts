/**
 * Slots in the order in which they were last used, as a list through two columns. Slots that are free are chained through one of
 * them, and given out again.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noInts, withRoom } from './columns.ts';

const NONE = -1;

export class SlotOrder {
  /** Of a free slot: the next free one. */
  #newer = noInts;
  #older = noInts;
  #slotCount = 0;
  #freed = NONE;
  #oldest = NONE;
  #newest = NONE;

  /** Slots given out so far are below this. */
  get slotCount(): number {
    return this.#slotCount;
  }

  /** −1 when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  get bytes(): number {
    return this.#newer.byteLength + this.#older.byteLength;
  }

  /** A free slot, which is the newest from now on. */
  add(): number {
    const slot = this.#freeSlot();
    this.append(slot);
    return slot;
  }

  /** Makes a slot that is in no order the newest. */
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

  /** From the oldest to the newest. */
  slots(): Generator<number, void> {
    return walk(this.#oldest, this.#newer);
  }

  /** The same as they stand now, whatever becomes of them meanwhile. Costs one copy of a column. */
  slotsAsOfNow(): Generator<number, void> {
    return walk(this.#oldest, this.#newer.slice(0, this.#slotCount));
  }

  /** Which slots are free; the order of the others is that in which they are appended at loading. */
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
