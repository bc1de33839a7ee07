/**
 * The parts of an event that people are shown, and the line of which they can be made again. A line of JSON is kept more cheaply than the
 * parts themselves, since mostly nobody looks at them.
 */
import type { Field, JsonObject, LogEvent, Value } from './event.ts';
import { excerptOf, LINE_UNITS, VALUE_UNITS } from './excerpt.ts';
import { fieldValue } from './field-value.ts';
import type { ShownEvent } from './match.ts';
import { parseWithNumberTexts, withoutMark } from './number-text.ts';
import { redactKnown } from './redact.ts';

/** A line whose document is its JSON. */
export interface ShownLine {
  readonly json: string;
  /** The declared fields. */
  readonly fields: readonly Field[];
}

const SHOWN_VALUES = 8;

/**
 * Returns the parts of an event that people are shown, without the credentials of the configuration, since these parts are kept. Made once
 * for all rules that the event satisfies.
 */
export function shownEventOf(event: Pick<LogEvent, 'line' | 'values'>, fields: readonly Field[]): ShownEvent {
  const line = redactKnown(event.line);
  const shown = line === event.line ? shortened : withoutSecrets;
  const shownFields: Record<string, readonly Value[]> = {};
  for (const field of fields) {
    const values = event.values(field);
    if (values.length > 0) shownFields[field.name] = values.slice(0, SHOWN_VALUES).map(shown);
  }
  return { excerpt: excerptOf(line, LINE_UNITS), fields: shownFields };
}

const shortened = (value: Value): Value =>
  typeof value === 'string' ? excerptOf(value, VALUE_UNITS) : value;

/** Removes credentials from a value. A number becomes a text if its digits are a secret. */
function withoutSecrets(value: Value): Value {
  if (typeof value === 'boolean') return value;
  const shown = redactKnown(String(value));
  return shown === String(value) ? shortened(value) : shortened(shown);
}

/** The parts of an event, made of its line when they are first looked at. It holds the line until then. */
export class ShownOfLine implements ShownEvent {
  #of: { readonly line: ShownLine; readonly timeMs: number } | undefined;
  #made: ShownEvent | undefined;

  /** `timeMs`: the time of the event. */
  constructor(line: ShownLine, timeMs: number) {
    this.#of = { line, timeMs };
  }

  get excerpt(): string {
    return this.toJSON().excerpt;
  }

  get fields(): ShownEvent['fields'] {
    return this.toJSON().fields;
  }

  toJSON(): ShownEvent {
    if (this.#made === undefined) {
      const { line, timeMs } = this.#of!;
      this.#made = shownEventOf(eventOf(line.json, timeMs), line.fields);
      this.#of = undefined;
    }
    return this.#made;
  }
}

function eventOf(json: string, timeMs: number): Pick<LogEvent, 'line' | 'values'> {
  const document = JSON.parse(withoutMark(json)) as JsonObject;
  const described = { timeMs, document, json, exactDocument: () => parseWithNumberTexts(json) };
  return { line: json, values: (field) => fieldValue(field, described).values };
}

const textsOfFields = new WeakMap<readonly Field[], string>();

/** Returns fields as text: a list in JSON, each field as its name, its type, and what else it has. */
export function fieldsText(fields: readonly Field[]): string {
  let text = textsOfFields.get(fields);
  if (text === undefined) {
    const list = fields.map(({ name, type, paths, normalise }) =>
      paths.length === 1 && paths[0] === name && normalise === undefined
        ? [name, type]
        : [name, type, paths, normalise],
    );
    textsOfFields.set(fields, (text = JSON.stringify(list)));
  }
  return text;
}

/** Returns the fields of a text that `fieldsText` gave. */
export function fieldsOf(text: string): readonly Field[] {
  const list = JSON.parse(text) as [string, Field['type'], string[]?, (Field['normalise'] | null)?][];
  return list.map(([name, type, paths, normalise]) => ({
    name,
    type,
    paths: paths ?? [name],
    ...(typeof normalise === 'string' && { normalise }),
  }));
}
