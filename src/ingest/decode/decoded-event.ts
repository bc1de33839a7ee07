/** A decoded line as an event. The value of a field is read when it is asked for, and only once. */
import type { EventPosition, Field, JsonObject, LogEvent, Timeliness, Value } from '../../event/event.ts';
import { fieldValue } from '../../event/field-value.ts';
import { parseWithNumberTexts } from '../../event/number-text.ts';
import type { TimedEvent } from './timing.ts';

/** The parts that the events of a batch share. */
export interface Shared {
  /** The number of each declared field. */
  readonly ordinals: ReadonlyMap<Field, number>;
  /** How many values did not fit the type of their field, by field name. Grows as values are read. */
  readonly unfit: Map<string, number>;
}

export interface DecodedParts {
  readonly position: EventPosition;
  readonly line: string;
  readonly document: JsonObject;
  /** True when the document is the JSON of the line. */
  readonly json: boolean;
  readonly undecodable?: string;
}

export class DecodedEvent implements LogEvent {
  readonly position: EventPosition;
  readonly timeMs: number;
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  declare readonly undecodable?: string;
  readonly line: string;
  readonly document: JsonObject;
  readonly json: string | undefined;
  readonly #shared: Shared;
  readonly #values: (readonly Value[] | undefined)[] = [];
  #exact: JsonObject | undefined;

  constructor(parts: DecodedParts, timed: TimedEvent, shared: Shared) {
    this.position = parts.position;
    this.timeMs = timed.timeMs;
    this.timeInferred = timed.inferred;
    this.timeliness = timed.timeliness;
    if (parts.undecodable !== undefined) this.undecodable = parts.undecodable;
    this.line = parts.line;
    this.document = parts.document;
    this.json = parts.json ? parts.line : undefined;
    this.#shared = shared;
  }

  values(field: Field): readonly Value[] {
    const ordinal = this.#shared.ordinals.get(field);
    const known = ordinal === undefined ? undefined : this.#values[ordinal];
    if (known !== undefined) return known;
    const { values, unfit } = fieldValue(field, this);
    if (ordinal !== undefined) this.#values[ordinal] = values;
    if (unfit > 0) this.#shared.unfit.set(field.name, (this.#shared.unfit.get(field.name) ?? 0) + unfit);
    return values;
  }

  exactDocument(): JsonObject | undefined {
    this.#exact ??= this.json === undefined ? undefined : parseWithNumberTexts(this.json);
    return this.#exact;
  }
}
