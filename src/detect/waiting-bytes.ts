/**
 * Matches of the event-time buffer as bytes. Where many rules match every event, there are more of them than of anything else in a
 * checkpoint, so all that they have in common is written once.
 */
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import { loadEvents, writeEvents } from './columns/event-bytes.ts';
import type { WaitingColumns } from './time/saved-waiting.ts';
import type { Waiting } from './input/waiting.ts';

/** Writes the matches from `from` to before `to`. */
export function saveWaiting(matches: WaitingColumns, from: number, to: number, writer: ByteWriter): void {
  writeEvents(
    to - from,
    (i) => matches.timeMs(from + i),
    (i) => matches.position(from + i),
    writer,
  );
  const keyNames = new Map<number, number>();
  const [conditionsName, valuesName] = [lastName(writer), lastName(writer)];
  for (let i = from; i < to; i++) {
    const group = matches.group(i);
    const keyName = keyNames.get(group);
    if (keyName === undefined) keyNames.set(group, writer.name(matches.key(i)));
    else writer.nameAgain(keyName);
    conditionsName(matches.conditions(i));
    valuesName(matches.values(i));
  }
}

export function loadWaiting(reader: ByteReader): readonly Waiting[] {
  const [conditionsOf, valuesOf] = [lastValue(), lastValue()];
  return loadEvents(reader).map(({ timeMs, position }) => {
    const key = reader.name();
    const conditions = conditionsOf(reader.name()) as Waiting['conditions'];
    return { key, timeMs, position, conditions, values: valuesOf(reader.name()) as Waiting['values'] };
  });
}

/** Returns a function that writes the JSON of a value as a name. Often it is asked for the same value again. */
function lastName(writer: ByteWriter): (value: unknown) => void {
  let last: unknown;
  let name = -1;
  return (value) => {
    if (name >= 0 && value === last) writer.nameAgain(name);
    else name = writer.name(JSON.stringify(value));
    last = value;
  };
}

/** Returns a function that gives the value of a JSON. Often it is asked for the same text again. */
function lastValue(): (text: string) => unknown {
  let last: string | undefined;
  let value: unknown;
  return (text) => {
    if (text !== last) value = JSON.parse(text);
    last = text;
    return value;
  };
}
