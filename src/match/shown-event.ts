/** The parts of an event that matched that people are shown. They are made when somebody first looks at them. */
import type { LogEvent, Schema } from '../event/event.ts';
import type { ShownEvent } from '../event/match.ts';
import { redactKnown } from '../event/redact.ts';
import { shownEventOf, type ShownLine } from '../event/shown-line.ts';

type Shows = Pick<LogEvent, 'line' | 'values'>;

/** Longest line that is kept as it is, in UTF-16 units. */
const KEPT_UNITS_MAX = 2_000;
/** Longest line that the journal keeps, in UTF-16 units. The parts of a longer one are shorter than the line. */
const JOURNAL_UNITS_MAX = 1_024;

export class ShownLater implements ShownEvent {
  readonly #schema: Schema;
  /** An event, which holds its batch, until `leaveBatch`. */
  #event: (Shows & Pick<LogEvent, 'alone' | 'soundJson'>) | undefined;
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
      this.#made = shownEventOf(this.#event!, this.#schema.fields);
      this.#event = undefined;
    }
    return this.#made;
  }

  /** Without a line in which a credential of the configuration stands: it must not be kept. */
  line(): ShownLine | undefined {
    const json = this.#event?.soundJson;
    if (json === undefined || json.length > JOURNAL_UNITS_MAX || redactKnown(json) !== json) return undefined;
    return { json, fields: this.#schema.fields };
  }

  /** Lets go of the batch: the text of a match may be kept for days. */
  leaveBatch(): void {
    if (this.#event === undefined) return;
    this.#event = this.#event.alone?.() ?? this.#event;
    // Thousands of texts are kept, and long lines would fill the memory.
    if (this.#event.line.length > KEPT_UNITS_MAX) this.toJSON();
  }
}
