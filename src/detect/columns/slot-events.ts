/** A fixed number of events for each slot, or none in their place, in flat columns. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noBytes, withRoom } from './columns.ts';
import { loadEvent, saveEvent } from './event-bytes.ts';
import type { EventRef } from '../input/event-ref.ts';
import { createEventColumn } from './event-column.ts';

export interface SlotEvents {
  set(slot: number, event: EventRef, nth?: number): void;
  get(slot: number, nth?: number): EventRef | undefined;
  /** undefined where there is none. */
  timeMs(slot: number, nth?: number): number | undefined;
  /** Puts what stands at one place of a slot at another one as well, or nothing if there is nothing. */
  copy(slot: number, from: number, to: number): void;
  clear(slot: number): void;
  readonly bytes: number;
  save(slot: number, writer: ByteWriter): void;
  /** Into an empty slot. */
  load(slot: number, reader: ByteReader): void;
}

export function createSlotEvents(width = 1): SlotEvents {
  const events = createEventColumn();
  let present = noBytes;

  /** All places of a slot at once: a column that grows by an eighth may end in the midst of one. */
  function makeRoom(slot: number): void {
    const length = (slot + 1) * width;
    if (length <= present.length) return;
    present = withRoom(present, length);
    events.grow(present.length);
  }

  function set(slot: number, event: EventRef, nth = 0): void {
    makeRoom(slot);
    const at = slot * width + nth;
    present[at] = 1;
    events.set(at, event);
  }

  const has = (at: number): boolean => at < present.length && present[at] === 1;

  function get(slot: number, nth = 0): EventRef | undefined {
    const at = slot * width + nth;
    return has(at) ? events.get(at) : undefined;
  }

  return {
    set,
    get,
    timeMs(slot, nth = 0) {
      const at = slot * width + nth;
      return has(at) ? events.timeMs(at) : undefined;
    },
    copy(slot, from, to) {
      makeRoom(slot);
      const [at, onto] = [slot * width + from, slot * width + to];
      present[onto] = present[at]!;
      events.move(at, onto);
    },
    clear: (slot) => void present.fill(0, slot * width, (slot + 1) * width),
    get bytes() {
      return events.bytes + present.byteLength;
    },
    save(slot, writer) {
      for (let nth = 0; nth < width; nth++) {
        const event = get(slot, nth);
        writer.whole(event === undefined ? 0 : 1);
        if (event !== undefined) saveEvent(event, writer);
      }
    },
    load(slot, reader) {
      for (let nth = 0; nth < width; nth++) if (reader.whole() === 1) set(slot, loadEvent(reader), nth);
    },
  };
}
