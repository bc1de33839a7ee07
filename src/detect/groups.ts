/** The live groups of a rule: key → slot, and the order in which they last had a match. Slots are reused. */
import type { Value } from '../event/event.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

export interface Groups {
  readonly size: number;
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
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

export function groupKey(values: readonly Value[]): string {
  return JSON.stringify(values);
}

export function groupValues(key: string): readonly Value[] {
  return JSON.parse(key) as readonly Value[];
}

const none = -1;

export function createGroups(): Groups {
  const index = new Map<string, number>();
  const keys: (string | undefined)[] = [];
  const free: number[] = [];
  let newer = new Int32Array(64);
  let older = new Int32Array(64);
  let oldest = none;
  let newest = none;

  function link(slot: number): void {
    if (slot >= newer.length) {
      newer = doubled(newer);
      older = doubled(older);
    }
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
  function place(key: string, slot: number): void {
    keys[slot] = key;
    index.set(key, slot);
    link(slot);
  }
  function* slots(): Iterable<number> {
    for (let slot = oldest; slot !== none; slot = newer[slot]!) yield slot;
  }

  return {
    get size() {
      return index.size;
    },
    find: (key) => index.get(key) ?? none,
    add(key) {
      const slot = free.pop() ?? keys.length;
      place(key, slot);
      return slot;
    },
    touch(slot) {
      if (slot === newest) return;
      unlink(slot);
      link(slot);
    },
    oldest: () => oldest,
    remove(slot) {
      index.delete(keys[slot]!);
      keys[slot] = undefined;
      unlink(slot);
      free.push(slot);
    },
    key: (slot) => keys[slot]!,
    slots,
    save(writer) {
      writer.u32(keys.length);
      writer.u32(free.length);
      for (const slot of free) writer.u32(slot);
      writer.u32(index.size);
      for (const slot of slots()) {
        writer.u32(slot);
        writer.text(keys[slot]!);
      }
    },
    load(reader) {
      keys.length = reader.u32();
      keys.fill(undefined);
      while (newer.length < keys.length) {
        newer = doubled(newer);
        older = doubled(older);
      }
      const freed = reader.u32();
      for (let i = 0; i < freed; i++) free.push(reader.u32());
      const size = reader.u32();
      for (let i = 0; i < size; i++) {
        const slot = reader.u32();
        place(reader.text(), slot);
      }
    },
  };
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const result = new Int32Array(array.length * 2);
  result.set(array);
  return result;
}
