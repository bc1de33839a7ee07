/** The parts of an event that matched that people are shown. They are made when somebody first looks at them. */
import type { LinesAlone, MatchableLines } from '../event/decoded-lines.ts';
import type { LogEvent, Schema } from '../event/event.ts';
import type { ShownLines } from '../event/match-events.ts';
import type { ShownEvent } from '../event/match.ts';
import { redactKnown } from '../event/redact.ts';
import { shownEventOf, type ShownLine } from '../event/shown-line.ts';

type Shows = Pick<LogEvent, 'line' | 'values'>;

/** Longest line that is kept as it is, in UTF-16 units or in bytes. */
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

  line(): ShownLine | undefined {
    return shownLine(this.#event?.soundJson, this.#schema);
  }

  /** Lets go of the batch: the text of a match may be kept for days. */
  leaveBatch(): void {
    if (this.#event === undefined) return;
    this.#event = this.#event.alone?.() ?? this.#event;
    // Thousands of texts are kept, and long lines would fill the memory.
    if (this.#event.line.length > KEPT_UNITS_MAX) this.toJSON();
  }
}

/** The lines of a batch, as long as somebody may ask for what is shown of them. */
export class LinesShownLater implements ShownLines {
  readonly source: string;
  readonly partition: number;
  readonly #schema: Schema;
  /** The batch, until `leaveBatch`; then some of its lines. */
  #lines: MatchableLines | undefined;
  #alone: LinesAlone | undefined;
  /** The shown parts of long lines, which are not kept themselves. */
  #long: Map<number, ShownEvent> | undefined;

  constructor(lines: MatchableLines, schema: Schema) {
    this.source = lines.batch.source;
    this.partition = lines.batch.partition;
    this.#lines = lines;
    this.#schema = schema;
  }

  show(line: number): ShownEvent {
    const long = this.#long?.get(line);
    return long ?? shownEventOf(this.#lines?.event(line) ?? this.#alone!.of(line), this.#schema.fields);
  }

  line(line: number): ShownLine | undefined {
    return shownLine(this.#lines?.soundJson(line), this.#schema);
  }

  /** Lets go of the batch: the text of a match may be kept for days. Only `unshown` lines may still be asked for. */
  leaveBatch(unshown: readonly number[]): void {
    const lines = this.#lines;
    if (lines === undefined) return;
    const { starts, ends } = lines.batch;
    const isLong = (line: number): boolean => ends[line]! - starts[line]! > KEPT_UNITS_MAX;
    const long = unshown.filter(isLong);
    if (long.length > 0) this.#long = new Map(long.map((line) => [line, this.show(line)]));
    this.#alone = lines.alone(long.length > 0 ? unshown.filter((line) => !isLong(line)) : unshown);
    this.#lines = undefined;
  }
}

/** Returns nothing for a line in which a credential of the configuration stands: it must not be kept. */
function shownLine(json: string | undefined, { fields }: Schema): ShownLine | undefined {
  if (json === undefined || json.length > JOURNAL_UNITS_MAX || redactKnown(json) !== json) return undefined;
  return { json, fields };
}
