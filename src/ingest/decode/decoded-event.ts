/** A decoded line as an event. Text, document and values of fields are read when they are asked for, and only once. */
import { originOf, type LineOrigin } from '../../event/batch.ts';
import { TIMELINESS, type DecodedLines } from '../../event/decoded-lines.ts';
import type { EventPosition, Field, JsonObject, LogEvent, Timeliness, Value } from '../../event/event.ts';
import { fieldValue } from '../../event/field-value.ts';
import { ODD } from '../../event/kernel/tape.ts';
import { valuesOnTape } from '../../event/kernel/tape-values.ts';
import { parseWithNumberTexts, withoutMark } from '../../event/number-text.ts';
import type { BatchLines } from './batch-lines.ts';
import type { DecodedLine } from './line-decoder.ts';

/** The parts that the events of a batch share. */
export interface Shared extends Pick<DecodedLines, 'batch' | 'tape' | 'timesMs' | 'inferred' | 'timeliness'> {
  readonly lines: BatchLines;
  /** The number of each declared field. */
  readonly ordinals: ReadonlyMap<Field, number>;
  /** How many values did not fit the type of their field, by field name. Grows as values are read. */
  readonly unfit: Map<string, number>;
}

/** Returns a line that the kernel has read, and whose document is its JSON. */
export function soundJsonOf(line: number, { tape, lines }: Shared): string | undefined {
  return tape === undefined || tape.program !== undefined || tape.states[line] === ODD
    ? undefined
    : lines.text(line);
}

export class DecodedEvent implements LogEvent {
  readonly position: EventPosition;
  readonly timeMs: number;
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  readonly #shared: Shared;
  readonly #index: number;
  #values: (readonly Value[] | undefined)[] | undefined;
  #exact: JsonObject | undefined;

  constructor(index: number, shared: Shared) {
    const { batch } = shared;
    this.position = { source: batch.source, partition: batch.partition, offset: batch.offsets[index]! };
    this.timeMs = shared.timesMs[index]!;
    this.timeInferred = shared.inferred[index] === 1;
    this.timeliness = TIMELINESS[shared.timeliness[index]!]!;
    this.#shared = shared;
    this.#index = index;
  }

  get line(): string {
    return this.#shared.lines.text(this.#index);
  }

  get document(): JsonObject {
    return documentOf(this.#shared.lines.decoded(this.#index), this.line);
  }

  get undecodable(): string | undefined {
    const decoded = this.#shared.lines.decoded(this.#index);
    return typeof decoded === 'object' ? undefined : decoded;
  }

  /** The line, if the document is its JSON. */
  get json(): string | undefined {
    return jsonOf(this.#shared.lines.decoded(this.#index), this.line);
  }

  values(field: Field): readonly Value[] {
    const { ordinals, unfit: unfitOf, tape, lines } = this.#shared;
    const ordinal = ordinals.get(field);
    this.#values ??= [];
    const known = ordinal === undefined ? undefined : this.#values[ordinal];
    if (known !== undefined) return known;
    const onTape = tape === undefined ? undefined : valuesOnTape(tape, this.#index, field, lines.bytes);
    const { values, unfit } = onTape ?? fieldValue(field, this);
    if (ordinal !== undefined) this.#values[ordinal] = values;
    if (unfit > 0) unfitOf.set(field.name, (unfitOf.get(field.name) ?? 0) + unfit);
    return values;
  }

  exactDocument(): JsonObject | undefined {
    this.#exact ??= this.json === undefined ? undefined : parseWithNumberTexts(this.json);
    return this.#exact;
  }

  get soundJson(): string | undefined {
    return soundJsonOf(this.#index, this.#shared);
  }

  alone(): Pick<LogEvent, 'line' | 'values'> {
    const { lines } = this.#shared;
    return new LineAlone(
      this.timeMs,
      this.line,
      lines.decode,
      lines.origins && originOf(lines.origins, this.#index),
    );
  }
}

/** The text and the values of an event, without the batch that it came in. */
export class LineAlone implements Pick<LogEvent, 'line' | 'values'> {
  readonly timeMs: number;
  readonly line: string;
  readonly #decode: BatchLines['decode'];
  readonly #origin: LineOrigin | undefined;
  #decoded: DecodedLine | string | undefined;

  constructor(timeMs: number, line: string, decode: BatchLines['decode'], origin: LineOrigin | undefined) {
    this.timeMs = timeMs;
    this.line = line;
    this.#decode = decode;
    this.#origin = origin;
  }

  get document(): JsonObject {
    return documentOf((this.#decoded ??= this.#decode(this.line, this.#origin)), this.line);
  }

  get json(): string | undefined {
    return jsonOf((this.#decoded ??= this.#decode(this.line, this.#origin)), this.line);
  }

  values(field: Field): readonly Value[] {
    return fieldValue(field, this).values;
  }

  exactDocument(): JsonObject | undefined {
    return this.json === undefined ? undefined : parseWithNumberTexts(this.json);
  }
}

function documentOf(decoded: DecodedLine | string, line: string): JsonObject {
  return typeof decoded === 'object' ? decoded.document : { message: withoutMark(line) };
}

function jsonOf(decoded: DecodedLine | string, line: string): string | undefined {
  return typeof decoded === 'object' && decoded.json ? line : undefined;
}
