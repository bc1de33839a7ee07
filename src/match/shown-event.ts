/** The parts of an event that matched that people are shown. They are made when somebody first looks at them, mostly the journal. */
import type { LogEvent, Schema, Value } from '../event/event.ts';
import { excerptOf, LINE_UNITS, VALUE_UNITS } from '../event/excerpt.ts';
import { redactKnown } from '../event/redact.ts';
import type { ShownEvent } from '../event/match.ts';

type Shows = Pick<LogEvent, 'line' | 'values'>;

/** Longest line that is kept as it is, in UTF-16 units. */
const KEPT_UNITS_MAX = 2_000;

export class ShownLater implements ShownEvent {
  readonly #schema: Schema;
  /** An event, which holds its batch, until `leaveBatch`. */
  #event: (Shows & Pick<LogEvent, 'alone'>) | undefined;
  #made: ShownEvent | undefined;

  constructor(event: LogEvent, schema: Schema) {
    this.#event = event;
    this.#schema = schema;
  }

  get excerpt(): string {
    return this.toJSON().excerpt;
  }

  get fields(): ShownEvent['fields'] {
    return this.toJSON().fields;
  }

  toJSON(): ShownEvent {
    if (this.#made === undefined) {
      this.#made = shownEventOf(this.#event!, this.#schema);
      this.#event = undefined;
    }
    return this.#made;
  }

  /** Lets go of the batch: the text of a match may be kept for days. */
  leaveBatch(): void {
    if (this.#event === undefined) return;
    this.#event = this.#event.alone?.() ?? this.#event;
    // Thousands of texts are kept, and long lines would fill the memory.
    if (this.#event.line.length > KEPT_UNITS_MAX) this.toJSON();
  }
}

const SHOWN_VALUES = 8;

/**
 * Returns the parts of an event that people are shown, without the credentials of the configuration, since these parts are kept. Made once
 * for all rules that the event satisfies.
 */
export function shownEventOf(event: Shows, schema: Schema): ShownEvent {
  const line = redactKnown(event.line);
  const shown = line === event.line ? shortened : withoutSecrets;
  const fields: Record<string, readonly Value[]> = {};
  for (const field of schema.fields) {
    const values = event.values(field);
    if (values.length > 0) fields[field.name] = values.slice(0, SHOWN_VALUES).map(shown);
  }
  return { excerpt: excerptOf(line, LINE_UNITS), fields };
}

const shortened = (value: Value): Value =>
  typeof value === 'string' ? excerptOf(value, VALUE_UNITS) : value;

/** Removes credentials from a value. A number becomes a text if its digits are a secret. */
function withoutSecrets(value: Value): Value {
  if (typeof value === 'boolean') return value;
  const shown = redactKnown(String(value));
  return shown === String(value) ? shortened(value) : shortened(shown);
}
