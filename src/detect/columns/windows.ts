/**
 * The events in the windows of all groups of a rule: a queue a slot, kept as rings of small blocks in one slab of flat columns, so
 * that a million groups are a handful of objects. Events go in at the end, in order, and leave at the front.
 */
import type { Value } from '../../event/event.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noBytes, noInts, withRoom } from './columns.ts';
import { loadEvents, saveEvents } from './event-bytes.ts';
import type { EventRef } from '../input/event-ref.ts';
import { createEventColumn } from './event-column.ts';

/** What an operator keeps beside the event itself. */
export interface Tag {
  /** Bits of the conditions it satisfied. */
  readonly mask: number;
  /** Values by field in the operator's own order; undefined where the operator reads none. */
  readonly values: readonly (readonly Value[])[] | undefined;
}

export interface Windows {
  push(slot: number, event: EventRef, tag: Tag): void;
  size(slot: number): number;
  /** Time of the oldest event; Infinity when there is none. */
  oldestMs(slot: number): number;
  /** Time of the newest event; −Infinity when there is none. */
  newestMs(slot: number): number;
  /** Takes the oldest event away and gives its tag. */
  shift(slot: number): Tag;
  clear(slot: number): void;
  oldest(slot: number): EventRef | undefined;
  /** The newest two, oldest first. */
  newest(slot: number): readonly EventRef[];
  /** The oldest and the newest two of those whose masks satisfy `is`, oldest first. */
  outer(slot: number, is: (mask: number) => boolean): readonly EventRef[];
  /** Events of all slots. */
  readonly total: number;
  readonly bytes: number;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader, each: (tag: Tag) => void): void;
}

export interface WindowsOptions {
  /** Events a block, 1 to 8: as many as most groups have. */
  readonly blockEvents: number;
  readonly keepsMasks: boolean;
  readonly keepsValues: boolean;
}

const none = -1;

/** Blocks of a group form a ring: its last block leads to its first. All but those two are full. */
export function createWindows({ blockEvents, keepsMasks, keepsValues }: WindowsOptions): Windows {
  const events = createEventColumn();
  let masks = noInts;
  const values: (Tag['values'] | undefined)[] = [];
  let next = noInts;
  let blocks = 0;
  let total = 0;
  let freed = none;

  /** Last block plus one; 0: none. */
  let tails = noInts;
  let sizes = noInts;
  /** Place of the oldest event in the first block. */
  let heads = noBytes;

  const size = (slot: number): number => (slot < sizes.length ? sizes[slot]! : 0);

  /** Where the oldest event is, and the newest. Only of slots that have one. */
  const front = (slot: number): number => next[tails[slot]! - 1]! * blockEvents + heads[slot]!;
  const back = (slot: number): number =>
    (tails[slot]! - 1) * blockEvents + ((heads[slot]! + sizes[slot]! - 1) % blockEvents);

  function newBlock(): number {
    if (freed !== none) {
      const taken = freed;
      freed = next[taken]!;
      return taken;
    }
    const taken = blocks++;
    next = withRoom(next, blocks);
    events.grow(next.length * blockEvents);
    if (keepsMasks) masks = withRoom(masks, next.length * blockEvents);
    return taken;
  }

  function freeBlock(block: number): void {
    next[block] = freed;
    freed = block;
  }

  /** Where the next event of a slot goes. */
  function room(slot: number): number {
    const count = sizes[slot]!;
    if (count === 0) {
      const block = newBlock();
      next[block] = block;
      tails[slot] = block + 1;
      heads[slot] = 0;
      return block * blockEvents;
    }
    const last = back(slot);
    if ((last + 1) % blockEvents !== 0) return last + 1;
    const tail = tails[slot]! - 1;
    if (count < blockEvents && next[tail] === tail) return moveToTheFront(slot, tail, count);
    const block = newBlock();
    next[block] = next[tail]!;
    next[tail] = block;
    tails[slot] = block + 1;
    return block * blockEvents;
  }

  /** What fits into one block stays in one. */
  function moveToTheFront(slot: number, block: number, count: number): number {
    const from = block * blockEvents + heads[slot]!;
    const to = block * blockEvents;
    for (let i = 0; i < count; i++) {
      events.move(from + i, to + i);
      if (keepsMasks) masks[to + i] = masks[from + i]!;
      if (keepsValues) values[to + i] = values[from + i];
    }
    if (keepsValues) for (let at = to + count; at < from + count; at++) values[at] = undefined;
    heads[slot] = 0;
    return to + count;
  }

  function push(slot: number, event: EventRef, tag: Tag): void {
    sizes = withRoom(sizes, slot + 1);
    tails = withRoom(tails, slot + 1);
    heads = withRoom(heads, slot + 1);
    const at = room(slot);
    sizes[slot] = sizes[slot]! + 1;
    total++;
    events.set(at, event);
    if (keepsMasks) masks[at] = tag.mask;
    if (keepsValues) values[at] = tag.values;
  }

  const tagOf = (at: number): Tag => ({ mask: keepsMasks ? masks[at]! : 0, values: values[at] });

  /** Places of a slot's events, the oldest first. */
  function* placesOf(slot: number): Iterable<number> {
    const count = size(slot);
    if (count === 0) return;
    let block = next[tails[slot]! - 1]!;
    let within = heads[slot]!;
    for (let i = 0; i < count; i++) {
      yield block * blockEvents + within;
      within++;
      if (within < blockEvents) continue;
      within = 0;
      block = next[block]!;
    }
  }

  return {
    push,
    size,
    oldestMs: (slot) => (size(slot) === 0 ? Infinity : events.timeMs(front(slot))),
    newestMs: (slot) => (size(slot) === 0 ? -Infinity : events.timeMs(back(slot))),
    shift(slot) {
      const at = front(slot);
      const tag = tagOf(at);
      if (keepsValues) values[at] = undefined;
      const tail = tails[slot]! - 1;
      const block = next[tail]!;
      sizes[slot] = sizes[slot]! - 1;
      total--;
      heads[slot] = (heads[slot]! + 1) % blockEvents;
      if (sizes[slot] === 0) {
        tails[slot] = 0;
        freeBlock(block);
      } else if (heads[slot] === 0) {
        next[tail] = next[block]!;
        freeBlock(block);
      }
      return tag;
    },
    clear(slot) {
      if (size(slot) === 0) return;
      if (keepsValues) for (const at of placesOf(slot)) values[at] = undefined;
      const tail = tails[slot]! - 1;
      const block = next[tail]!;
      next[tail] = freed;
      freed = block;
      total -= sizes[slot]!;
      tails[slot] = 0;
      sizes[slot] = 0;
    },
    oldest: (slot) => (size(slot) === 0 ? undefined : events.get(front(slot))),
    newest(slot) {
      let before = none;
      let last = none;
      for (const at of placesOf(slot)) {
        before = last;
        last = at;
      }
      return [before, last].filter((at) => at !== none).map((at) => events.get(at));
    },
    outer(slot, is) {
      let found: number[] = [];
      for (const at of placesOf(slot)) {
        if (!is(masks[at]!)) continue;
        found = found.length < 3 ? [...found, at] : [found[0]!, found[2]!, at];
      }
      return found.map((at) => events.get(at));
    },
    get total() {
      return total;
    },
    get bytes() {
      const columns = [masks, next, tails, sizes, heads];
      return columns.reduce((sum, { byteLength }) => sum + byteLength, events.bytes + values.length * 8);
    },
    save(slot, writer) {
      const places = [...placesOf(slot)];
      saveEvents(
        places.map((at) => events.get(at)),
        writer,
      );
      if (keepsMasks) for (const at of places) writer.whole(masks[at]!);
      if (keepsValues) writer.json(places.map((at) => values[at]));
    },
    load(slot, reader, each) {
      const loaded = loadEvents(reader);
      const loadedMasks = keepsMasks ? loaded.map(() => reader.whole()) : [];
      const loadedValues = keepsValues ? (reader.json() as Tag['values'][]) : [];
      for (const [i, event] of loaded.entries()) {
        const tag = { mask: loadedMasks[i] ?? 0, values: loadedValues[i] };
        push(slot, event, tag);
        each(tag);
      }
    },
  };
}
