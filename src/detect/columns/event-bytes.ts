/** Events as bytes. Each time and offset is written as the difference to the event before it. */
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { EventRef } from '../input/event-ref.ts';

/** Maps any integer to a whole number ≥ 0; small numbers stay small (zigzag, as in Protocol Buffers). */
const folded = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unfolded = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Writes the number of events, then each of them. */
export function saveEvents(events: readonly EventRef[], writer: ByteWriter): void {
  writer.whole(events.length);
  let timeMs = 0;
  let offset = 0;
  for (const event of events) {
    writer.whole(folded(event.timeMs - timeMs));
    writer.name(event.position.source);
    writer.whole(event.position.partition);
    writer.whole(folded(event.position.offset - offset));
    ({ timeMs } = event);
    ({ offset } = event.position);
  }
}

export function loadEvents(reader: ByteReader): EventRef[] {
  const events: EventRef[] = [];
  let timeMs = 0;
  let offset = 0;
  for (let left = reader.whole(); left > 0; left--) {
    timeMs += unfolded(reader.whole());
    const source = reader.name();
    const partition = reader.whole();
    offset += unfolded(reader.whole());
    events.push({ timeMs, position: { source, partition, offset } });
  }
  return events;
}

export function saveEvent(event: EventRef, writer: ByteWriter): void {
  saveEvents([event], writer);
}

/** Reads one event. */
export function loadEvent(reader: ByteReader): EventRef {
  return loadEvents(reader)[0]!;
}
