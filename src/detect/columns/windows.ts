/**
 * The events in the windows of all groups of a rule, one queue for each slot. Events enter at the end, in order, and leave at the front.
 * block-rings.ts knows their places; tagged-events.ts keeps the events at these places.
 */
import type { EventRef } from '../input/event-ref.ts';
import { BlockRings } from './block-rings.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { TaggedEvents, type Tag, type TagParts, type TagValues } from './tagged-events.ts';

export interface Windows {
  push(slot: number, event: EventRef, tag: Tag): void;
  size(slot: number): number;
  /** Time of the oldest event; Infinity if there is none. */
  oldestMs(slot: number): number;
  /** Time of an event by its number, 0 for the oldest; the slot must have it. */
  nthMs(slot: number, number: number): number;
  /** Time of the newest event; −Infinity if there is none. */
  newestMs(slot: number): number;
  /** Removes the oldest event and returns its tag. */
  shift(slot: number): Tag;
  clear(slot: number): void;
  oldest(slot: number): EventRef | undefined;
  /** The newest two events, oldest first. */
  newest(slot: number): readonly EventRef[];
  /** The oldest event and the newest two among the events whose masks satisfy `is`, oldest first. */
  outer(slot: number, is: (mask: number) => boolean): readonly EventRef[];
  /** Number of events of all slots. */
  readonly total: number;
  readonly bytes: number;
  /** `written`: as in `TaggedEvents.save`. */
  save(slot: number, writer: ByteWriter, written?: (values: TagValues) => TagValues): void;
  /** Calls `each` with the tags that were written. `kept`: returns the tag to keep for such a tag. */
  load(slot: number, reader: ByteReader, each: (tag: Tag) => void, kept?: (tag: Tag) => Tag): void;
}

export interface WindowsOptions extends TagParts {
  /** Events in one block, 1 to 8: as many as most groups have. */
  readonly blockEvents: number;
}

const NONE = -1;

export function createWindows({ blockEvents, ...keeps }: WindowsOptions): Windows {
  const rings = new BlockRings(blockEvents);
  const events = new TaggedEvents(keeps);
  /** Number of places that `events` has room for. */
  let room = 0;
  const move = (from: number, to: number, count: number): void => events.move(from, to, count);
  const isEmpty = (slot: number): boolean => rings.size(slot) === 0;

  function push(slot: number, event: EventRef, tag: Tag): void {
    const at = rings.push(slot, move);
    if (rings.capacity > room) events.grow((room = rings.capacity));
    events.set(at, event, tag);
  }

  return {
    push,
    size: (slot) => rings.size(slot),
    oldestMs: (slot) => (isEmpty(slot) ? Infinity : events.timeMs(rings.front(slot))),
    nthMs: (slot, number) => events.timeMs(rings.nth(slot, number)),
    newestMs: (slot) => (isEmpty(slot) ? -Infinity : events.timeMs(rings.back(slot))),
    shift(slot) {
      const at = rings.front(slot);
      const tag = events.tag(at);
      events.forget(at);
      rings.shift(slot);
      return tag;
    },
    clear(slot) {
      if (keeps.keepsValues) for (const at of rings.places(slot)) events.forget(at);
      rings.clear(slot);
    },
    oldest: (slot) => (isEmpty(slot) ? undefined : events.event(rings.front(slot))),
    newest(slot) {
      let before = NONE;
      let last = NONE;
      for (const at of rings.places(slot)) {
        before = last;
        last = at;
      }
      return [before, last].filter((at) => at !== NONE).map((at) => events.event(at));
    },
    outer(slot, is) {
      let found: number[] = [];
      for (const at of rings.places(slot)) {
        if (!is(events.mask(at))) continue;
        found = found.length < 3 ? [...found, at] : [found[0]!, found[2]!, at];
      }
      return found.map((at) => events.event(at));
    },
    get total() {
      return rings.total;
    },
    get bytes() {
      return rings.bytes + events.bytes;
    },
    save: (slot, writer, written) => events.save([...rings.places(slot)], writer, written),
    load(slot, reader, each, kept = (tag) => tag) {
      for (const { event, tag } of events.read(reader)) {
        push(slot, event, kept(tag));
        each(tag);
      }
    },
  };
}
