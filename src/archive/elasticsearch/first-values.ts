/** Finds for each field the value that counts on a tape, where it is a single one. */
import type { Field } from '../../event/event.ts';
import { KIND_SHIFT, PATH_MASK, VALUE_NUMBERS, type Tape } from '../../event/kernel/tape.ts';

/** There is no value at any path of the field. */
export const NONE = 0;
/** The first path that has values has one. */
export const ONE = 1;
/** It has several, or the tape cannot tell. */
export const UNCLEAR = 2;

export class FirstValues {
  /** Kind of the value that was found last, and its range in the bytes of the batch. */
  kind = 0;
  from = 0;
  to = 0;
  #tape: Tape | undefined;
  /** For each path its first value in the line, and how many it has. Void where `#lineOf` is another line. */
  #firsts = new Uint32Array(0);
  #counts = new Uint32Array(0);
  #lineOf = new Float64Array(0);
  /** A number that each line has for itself. */
  #line = 0;

  /** Reads the values of a line. */
  begin(tape: Tape, line: number): void {
    this.#tape = tape;
    this.#line += 1;
    if (this.#firsts.length < tape.pathCount) {
      this.#firsts = new Uint32Array(tape.pathCount);
      this.#counts = new Uint32Array(tape.pathCount);
      this.#lineOf = new Float64Array(tape.pathCount);
    }
    const { values, valuesFrom } = tape;
    for (let value = valuesFrom[line]!; value < valuesFrom[line + 1]!; value += 1) {
      const path = values[VALUE_NUMBERS * value + 2]! & PATH_MASK;
      if (this.#lineOf[path] === this.#line) this.#counts[path]! += 1;
      else {
        this.#lineOf[path] = this.#line;
        this.#firsts[path] = value;
        this.#counts[path] = 1;
      }
    }
  }

  /** Looks for the value of a field in the line, and keeps its kind and range. */
  find(field: Field): typeof NONE | typeof ONE | typeof UNCLEAR {
    const { kernel, pathCount, values } = this.#tape!;
    const paths = kernel.pathsOf(field, pathCount);
    if (paths === undefined) return UNCLEAR;
    for (const path of paths) {
      if (this.#lineOf[path] !== this.#line) continue;
      if (this.#counts[path] !== 1) return UNCLEAR;
      const at = VALUE_NUMBERS * this.#firsts[path]!;
      this.from = values[at]!;
      this.to = values[at + 1]!;
      this.kind = values[at + 2]! >>> KIND_SHIFT;
      return ONE;
    }
    return NONE;
  }
}
