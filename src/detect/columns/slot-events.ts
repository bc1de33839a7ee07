/** Keeps a fixed number of places for events in each slot, in flat columns. A place may be empty. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noBytes, withRoom } from './columns.ts';
import { loadEvent, saveEvent } from './event-bytes.ts';
import type { EventRef } from '../input/event-ref.ts';
import { createEventColumn } from './event-column.ts';

export interface SlotEvents {
  set(slot: number, event: EventRef, nth?: number): void;
  get(slot: number, nth?: number): EventRef | undefined;
  /** Time of the event; undefined if the place is empty. */
  timeMs(slot: number, nth?: number): number | undefined;
  /** Copies one place of a slot to another one, also if it is empty. */
  copy(slot: number, from: number, to: number): void;
  clear(slot: number): void;
  readonly bytes: number;
  save(slot: number, writer: ByteWriter): void;
  /** Reads the places into an empty slot. */
  load(slot: number, reader: ByteReader): void;
}

export function createSlotEvents(width = 1): SlotEvents {
  const events = createEventColumn();
  let present = noBytes;

  /** Makes room for all places of a slot at once. A column that grows by an eighth might otherwise end between two of them. */
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
