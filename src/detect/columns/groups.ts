/** The keyed state of a rule, by group: key → slot, and the order in which groups last had a match. Slots are reused. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { GroupKeys } from './group-keys.ts';
import { SlotOrder } from './slot-order.ts';

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

export function createGroups(): Groups {
  const keys = new GroupKeys();
  const order = new SlotOrder();
  let size = 0;
  return {
    get size() {
      return size;
    },
    get slotCount() {
      return order.slotCount;
    },
    get bytes() {
      return keys.bytes + order.bytes;
    },
    find: (key) => keys.find(key),
    add(key) {
      const slot = order.add();
      keys.add(key, slot);
      size++;
      return slot;
    },
    touch: (slot) => order.touch(slot),
    oldest: () => order.oldest,
    remove(slot) {
      keys.remove(slot);
      order.free(slot);
      size--;
    },
    key: (slot) => keys.key(slot),
    slots: () => order.slots(),
    slotsAsOfNow: () => order.slotsAsOfNow(),
    save: (writer) => order.save(writer),
    load(reader) {
      order.load(reader);
      keys.reserve(order.slotCount);
    },
    restore(slot, key) {
      keys.add(key, slot);
      size++;
    },
    restoreOrder: (slot) => order.append(slot),
  };
}
