/** The live groups of a rule: key → slot, and the order in which they last had a match. Slots are reused. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noInts, withRoom } from './columns.ts';
import { createGroupKeys } from './group-keys.ts';

export interface Groups {
  readonly size: number;
  /** Slots given out so far are below this. */
  readonly slotCount: number;
  readonly bytes: number;
  /** Slot of the group, −1 where it is not alive. */
  find(key: string): number;
  add(key: string): number;
  /** The group had a match: it is the newest now. */
  touch(slot: number): void;
  /** Slot of the group whose latest match is oldest; −1 when there is none. */
  oldest(): number;
  remove(slot: number): void;
  key(slot: number): string;
  /** From the oldest to the newest. */
  slots(): Iterable<number>;
  /** The same as the groups stand now, whatever becomes of them meanwhile. Costs one copy of a column. */
  slotsAsOfNow(): Iterator<number, void>;
  /** Which slots are free; the groups themselves are saved one by one (group-pass.ts). */
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
  /** Puts a saved group into its slot, in no order yet. */
  restore(slot: number, key: string): void;
  /** Makes a restored group the newest. */
  restoreOrder(slot: number): void;
}

const none = -1;

export function createGroups(): Groups {
  const keys = createGroupKeys();
  let size = 0;
  let slotCount = 0;
  /** Of a free slot: the next free one. */
  let newer = noInts;
  let older = noInts;
  let freed = none;
  let oldest = none;
  let newest = none;

  function room(): void {
    newer = withRoom(newer, slotCount);
    older = withRoom(older, slotCount);
  }
  function link(slot: number): void {
    older[slot] = newest;
    newer[slot] = none;
    if (newest === none) oldest = slot;
    else newer[newest] = slot;
    newest = slot;
  }
  function unlink(slot: number): void {
    const before = older[slot]!;
    const after = newer[slot]!;
    if (before === none) oldest = after;
    else newer[before] = after;
    if (after === none) newest = before;
    else older[after] = before;
  }
  function freeSlot(): number {
    if (freed === none) {
      slotCount++;
      room();
      return slotCount - 1;
    }
    const slot = freed;
    freed = newer[slot]!;
    return slot;
  }
  function* walk(from: number, links: Int32Array): Generator<number, void> {
    for (let slot = from; slot !== none; slot = links[slot]!) yield slot;
  }

  return {
    get size() {
      return size;
    },
    get slotCount() {
      return slotCount;
    },
    get bytes() {
      return keys.bytes + newer.byteLength + older.byteLength;
    },
    find: (key) => keys.find(key),
    add(key) {
      const slot = freeSlot();
      keys.add(key, slot);
      link(slot);
      size++;
      return slot;
    },
    touch(slot) {
      if (slot === newest) return;
      unlink(slot);
      link(slot);
    },
    oldest: () => oldest,
    remove(slot) {
      keys.remove(slot);
      unlink(slot);
      size--;
      newer[slot] = freed;
      freed = slot;
    },
    key: (slot) => keys.key(slot),
    slots: () => walk(oldest, newer),
    slotsAsOfNow: () => walk(oldest, newer.slice(0, slotCount)),
    save(writer) {
      writer.whole(slotCount);
      const free = [...walk(freed, newer)];
      writer.whole(free.length);
      for (const slot of free) writer.whole(slot);
    },
    load(reader) {
      slotCount = reader.whole();
      room();
      keys.reserve(slotCount);
      let last = none;
      for (let left = reader.whole(); left > 0; left--) {
        const slot = reader.whole();
        if (last === none) freed = slot;
        else newer[last] = slot;
        newer[slot] = none;
        last = slot;
      }
    },
    restore(slot, key) {
      keys.add(key, slot);
      size++;
    },
    restoreOrder: link,
  };
}
