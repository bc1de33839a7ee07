/** A decoded line as an event. Text, document and values of fields are read when they are asked for, and only once. */
import { timelinessOf, type DecodedLines } from '../../event/decoded-lines.ts';
import type { EventPosition, Field, JsonObject, LogEvent, Timeliness, Value } from '../../event/event.ts';
import { fieldValue } from '../../event/field-value.ts';
import { parseWithNumberTexts, withoutMark } from '../../event/number-text.ts';
import type { BatchLines } from './batch-lines.ts';

/** The parts that the events of a batch share. */
export interface Shared extends Pick<DecodedLines, 'batch' | 'timesMs' | 'inferred' | 'timeliness'> {
  readonly lines: BatchLines;
  /** The number of each declared field. */
  readonly ordinals: ReadonlyMap<Field, number>;
  /** How many values did not fit the type of their field, by field name. Grows as values are read. */
  readonly unfit: Map<string, number>;
}

export class DecodedEvent implements LogEvent {
  readonly position: EventPosition;
  readonly timeMs: number;
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  readonly #shared: Shared;
  readonly #index: number;
  readonly #values: (readonly Value[] | undefined)[] = [];
  #exact: JsonObject | undefined;

  constructor(index: number, shared: Shared) {
    const { batch } = shared;
    this.position = { source: batch.source, partition: batch.partition, offset: batch.offsets[index]! };
    this.timeMs = shared.timesMs[index]!;
    this.timeInferred = shared.inferred[index] === 1;
    this.timeliness = timelinessOf[shared.timeliness[index]!]!;
    this.#shared = shared;
    this.#index = index;
  }

  get line(): string {
    return this.#shared.lines.text(this.#index);
  }

  get document(): JsonObject {
    const decoded = this.#shared.lines.decoded(this.#index);
    return typeof decoded === 'object' ? decoded.document : { message: withoutMark(this.line) };
  }

  get undecodable(): string | undefined {
    const decoded = this.#shared.lines.decoded(this.#index);
    return typeof decoded === 'object' ? undefined : decoded;
  }

  /** The line, if the document is its JSON. */
  get json(): string | undefined {
    const decoded = this.#shared.lines.decoded(this.#index);
    return typeof decoded === 'object' && decoded.json ? this.line : undefined;
  }

  values(field: Field): readonly Value[] {
    const { ordinals, unfit: unfitOf } = this.#shared;
    const ordinal = ordinals.get(field);
    const known = ordinal === undefined ? undefined : this.#values[ordinal];
    if (known !== undefined) return known;
    const { values, unfit } = fieldValue(field, this);
    if (ordinal !== undefined) this.#values[ordinal] = values;
    if (unfit > 0) unfitOf.set(field.name, (unfitOf.get(field.name) ?? 0) + unfit);
    return values;
  }

  exactDocument(): JsonObject | undefined {
    this.#exact ??= this.json === undefined ? undefined : parseWithNumberTexts(this.json);
    return this.#exact;
  }
}
