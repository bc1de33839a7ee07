/**
 * Saving the groups of a rule while the rule goes on: each as it stood when the pass began. The pass walks them in parts; a group
 * that is about to change before its turn has come is saved first (copy on write, a group at a time).
 */
import { byteReader, byteWriter, type ByteWriter } from './bytes.ts';
import type { Groups } from './groups.ts';

export interface GroupPass {
  /** Call before anything of the group changes. */
  beforeChange(slot: number): void;
  /** The slot was given to a group that was not there when the pass began. */
  added(slot: number): void;
  /** The next part; undefined when all are saved. */
  next(): Uint8Array | undefined;
}

/** A part is some 100 kB, and takes a few milliseconds. */
const GROUPS_A_PART = 1_000;

const END_OF_PART = 0;
const END_OF_GROUPS = 4;
/** What follows on the slot: its state, in no order. */
const EARLY = 1;
/** Its place in the order is next, with its state or, if that came early, without. */
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

/** A pass over no groups: most rules have none most of the time, and there may be thousands of them. */
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

/** Reads a part of a pass; false after the last one. `load` takes the state into the empty slot. */
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
