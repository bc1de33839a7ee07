/**
 * Matches of the event-time buffer as bytes. Where many rules match every event, there are more of them than of anything else in a
 * checkpoint, so all that they have in common is written once.
 */
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import { loadEvents, saveEvents } from './columns/event-bytes.ts';
import type { Waiting } from './input/waiting.ts';

/** Writes matches of one rule. */
export function saveWaiting(matches: readonly Waiting[], writer: ByteWriter): void {
  const conditionsText = lastText();
  const valuesText = lastText();
  saveEvents(matches, writer);
  for (const { key, conditions, values } of matches) {
    writer.name(key);
    writer.name(conditionsText(conditions));
    writer.name(valuesText(values));
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

/** Returns a function that gives the JSON of a value. Often it is asked for the same value again. */
function lastText(): (value: unknown) => string {
  let last: unknown;
  let text = '';
  return (value) => {
    if (value !== last) text = JSON.stringify(value);
    last = value;
    return text;
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
