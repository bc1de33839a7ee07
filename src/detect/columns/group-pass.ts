/**
 * Saves the groups of a rule while the rule goes on: each group as it was when the pass began. The pass goes through the groups in parts. A
 * group that is about to change before its turn is saved first (copy on write, one group at a time).
 */
import { byteReader, byteWriter, type ByteWriter } from './bytes.ts';
import type { Groups } from './groups.ts';

export interface GroupPass {
  /** Call this before anything of the group changes. */
  beforeChange(slot: number): void;
  /** Records that the slot was given to a group that did not exist when the pass began. */
  added(slot: number): void;
  /** Returns the next part; undefined when all groups are saved. */
  next(): Uint8Array | undefined;
}

/** Such a part is about 100 kB and takes a few milliseconds. */
const GROUPS_A_PART = 1_000;

const END_OF_PART = 0;
const END_OF_GROUPS = 4;
/** Marks a group saved before its turn: slot and state follow, its place in the order does not. */
const EARLY = 1;
/** Marks the next group in the order: slot and state follow. If the state was saved early, only the slot follows (`IN_ORDER_ALONE`). */
const IN_ORDER = 2;
const IN_ORDER_ALONE = 3;

export function createGroupPass(
  groups: Groups,
  saveState: (slot: number, writer: ByteWriter) => void,
): GroupPass {
  const order = groups.slotsAsOfNow();
  const saved = new Uint8Array(groups.slotCount);
  const writer = byteWriter();
  let isOver = false;

  function save(kind: number, slot: number): void {
    writer.whole(kind);
    writer.whole(slot);
    if (kind === IN_ORDER_ALONE) return;
    saved[slot] = 1;
    writer.text(groups.key(slot));
    saveState(slot, writer);
  }

  return {
    beforeChange(slot) {
      if (slot < saved.length && saved[slot] === 0) save(EARLY, slot);
    },
    added(slot) {
      if (slot < saved.length) saved[slot] = 1;
    },
    next() {
      if (isOver) return undefined;
      for (let i = 0; i < GROUPS_A_PART; i++) {
        const { value: slot } = order.next();
        if (slot === undefined) {
          isOver = true;
          break;
        }
        save(saved[slot] === 1 ? IN_ORDER_ALONE : IN_ORDER, slot);
      }
      writer.whole(isOver ? END_OF_GROUPS : END_OF_PART);
      return writer.finish();
    },
  };
}

/** Returns a pass over no groups. Most rules have no groups most of the time, and there may be thousands of rules. */
export function emptyGroupPass(): GroupPass {
  let isOver = false;
  return {
    beforeChange: () => undefined,
    added: () => undefined,
    next() {
      if (isOver) return undefined;
      isOver = true;
      return Uint8Array.of(END_OF_GROUPS);
    },
  };
}

/** Reads a part of a pass; returns false after the last part. `load` reads the state of a group into its empty slot. */
export function loadGroups(
  part: Uint8Array,
  groups: Groups,
  load: (slot: number, reader: ReturnType<typeof byteReader>) => void,
): boolean {
  const reader = byteReader(part);
  for (;;) {
    const kind = reader.whole();
    if (kind === END_OF_PART || kind === END_OF_GROUPS) {
      reader.end();
      return kind === END_OF_PART;
    }
    const slot = reader.whole();
    if (kind !== IN_ORDER_ALONE) {
      groups.restore(slot, reader.text());
      load(slot, reader);
    }
    if (kind !== EARLY) groups.restoreOrder(slot);
  }
}
