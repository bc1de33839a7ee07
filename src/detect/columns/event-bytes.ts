/** Events as bytes. Each time and offset is written as the difference to the event before it. */
import type { EventPosition } from '../../event/event.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { EventRef } from '../input/event-ref.ts';

/** Maps any integer to a whole number ≥ 0; small numbers stay small (zigzag, as in Protocol Buffers). */
const folded = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unfolded = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Writes the number of events, then each of them. */
export function saveEvents(events: readonly EventRef[], writer: ByteWriter): void {
  writeEvents(
    events.length,
    (i) => events[i]!.timeMs,
    (i) => events[i]!.position,
    writer,
  );
}

/** As `saveEvents`, for `count` events whose parts are given by their numbers. */
export function writeEvents(
  count: number,
  timeMsOf: (i: number) => number,
  positionOf: (i: number) => EventPosition,
  writer: ByteWriter,
): void {
  writer.whole(count);
  let [lastMs, lastOffset, lastSource, sourceName] = [0, 0, '', -1];
  for (let i = 0; i < count; i++) {
    const timeMs = timeMsOf(i);
    const { source, partition, offset } = positionOf(i);
    writer.whole(folded(timeMs - lastMs));
    if (sourceName >= 0 && source === lastSource) writer.nameAgain(sourceName);
    else sourceName = writer.name(source);
    writer.whole(partition);
    writer.whole(folded(offset - lastOffset));
    lastMs = timeMs;
    lastOffset = offset;
    lastSource = source;
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
