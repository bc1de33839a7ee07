/** The line that is matched. Its values come from the tape; an event is made of it only where the tape is not enough. */
import type { MatchableLines } from '../event/decoded-lines.ts';
import type { Field, LogEvent, Value } from '../event/event.ts';
import { FieldOnTape } from '../event/kernel/field-on-tape.ts';

export class LineInHand implements Pick<LogEvent, 'values'> {
  #lines: MatchableLines | undefined;
  #line = 0;
  readonly #fields = new Map<Field, FieldOnTape>();
  /** The field that was asked for last. */
  #field: Field | undefined;
  #onTape!: FieldOnTape;

  get lines(): MatchableLines {
    return this.#lines!;
  }

  get line(): number {
    return this.#line;
  }

  get event(): LogEvent {
    return this.#lines!.event(this.#line);
  }

  look(lines: MatchableLines, line: number): void {
    this.#lines = lines;
    this.#line = line;
  }

  values(field: Field): readonly Value[] {
    const { tape, batch } = this.#lines!;
    if (tape === undefined) return this.event.values(field);
    if (field !== this.#field) this.#find(field);
    return this.#onTape.values(tape, this.#line, batch.bytes) ?? this.event.values(field);
  }

  /** Lets go of the lines. */
  forget(): void {
    this.#lines = undefined;
    for (const onTape of this.#fields.values()) onTape.forget();
  }

  #find(field: Field): void {
    let onTape = this.#fields.get(field);
    if (onTape === undefined) this.#fields.set(field, (onTape = new FieldOnTape(field)));
    this.#field = field;
    this.#onTape = onTape;
  }
}
