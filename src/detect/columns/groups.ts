/** The groups of a rule: the slot of each key, and the order in which groups last had a match. Slots are reused. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { GroupKeys } from './group-keys.ts';
import { SlotOrder } from './slot-order.ts';

export interface Groups {
  readonly size: number;
  /** All slots given out so far are below this number. */
  readonly slotCount: number;
  readonly bytes: number;
  /** Returns the slot of the group; −1 if it is not live. */
  find(key: string): number;
  add(key: string): number;
  /** Makes the group the newest: it had a match. */
  touch(slot: number): void;
  /** Returns the slot of the group whose latest match is oldest; −1 if there is no group. */
  oldest(): number;
  remove(slot: number): void;
  key(slot: number): string;
  /** The slots from the oldest group to the newest. */
  slots(): Iterable<number>;
  /** As `slots`, but unchanged by what happens to the groups meanwhile. Costs one copy of a column. */
  slotsAsOfNow(): Iterator<number, void>;
  /** Writes which slots are free. The groups themselves are saved one by one (group-pass.ts). */
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
  /** Puts a saved group into its slot, without a place in the order yet. */
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
