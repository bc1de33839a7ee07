/**
 * The least and the greatest number that each field of numbers has in a few lines of a block, so that a comparison reads only lines that
 * may satisfy it.
 */
import type { Field, Schema } from '../../../event/event.ts';
import type { CompareOp } from '../../../rule/ast.ts';

/** Lines that have their bounds together. */
const CHUNK_LINES = 256;
/** The bounds of a chunk as they are stored: least and greatest number, as doubles. */
const PAIR_BYTES = 16;

/** Returns the fields that have bounds, in the order in which a block has them. */
export function boundedFields(schema: Schema): readonly Field[] {
  return schema.fields.filter(
    ({ name, type }) => (type === 'long' || type === 'double' || type === 'date') && name !== '@timestamp',
  );
}

export class BlockBounds {
  /** Least and greatest number by field and chunk: chunk `c` has `[2 * c]` and `[2 * c + 1]`. */
  readonly #fields: Float64Array[];

  constructor(fieldCount: number) {
    this.#fields = Array.from({ length: fieldCount }, () => emptyChunks(1));
  }

  get fieldCount(): number {
    return this.#fields.length;
  }

  clear(): void {
    for (const pairs of this.#fields) clearChunks(pairs);
  }

  /** Notes that the field has the number in the line. `field`: index in `boundedFields`. */
  note(field: number, line: number, number: number): void {
    const chunk = Math.trunc(line / CHUNK_LINES);
    this.#widen(field, chunk, number, number);
  }

  /** Notes the bounds of a block whose first line is the line `from` here. */
  noteAll(stored: Uint8Array, lineCount: number, from: number): void {
    const chunks = chunksOf(lineCount);
    const view = viewOf(stored);
    for (let field = 0; field < this.#fields.length; field += 1) {
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const at = PAIR_BYTES * (field * chunks + chunk);
        const [min, max] = [view.getFloat64(at, true), view.getFloat64(at + 8, true)];
        if (min > max) continue;
        const first = from + chunk * CHUNK_LINES;
        const last = from + Math.min(lineCount, (chunk + 1) * CHUNK_LINES) - 1;
        for (let to = Math.trunc(first / CHUNK_LINES); to <= Math.trunc(last / CHUNK_LINES); to += 1)
          this.#widen(field, to, min, max);
      }
    }
  }

  /** Returns the bounds of the chunks of so many lines, field by field. */
  stored(lineCount: number): Uint8Array {
    const chunks = chunksOf(lineCount);
    const bytes = new Uint8Array(PAIR_BYTES * chunks * this.#fields.length);
    const view = viewOf(bytes);
    for (const [field, pairs] of this.#fields.entries()) {
      for (let i = 0; i < 2 * chunks; i += 1) {
        const empty = i % 2 === 0 ? Infinity : -Infinity;
        view.setFloat64(8 * (2 * field * chunks + i), pairs[i] ?? empty, true);
      }
    }
    return bytes;
  }

  #widen(field: number, chunk: number, min: number, max: number): void {
    let pairs = this.#fields[field]!;
    if (2 * chunk >= pairs.length) {
      const larger = emptyChunks(2 * (chunk + 1));
      larger.set(pairs);
      this.#fields[field] = pairs = larger;
    }
    if (min < pairs[2 * chunk]!) pairs[2 * chunk] = min;
    if (max > pairs[2 * chunk + 1]!) pairs[2 * chunk + 1] = max;
  }
}

/** Calls `take` with each range of lines that may have a number in the field for which the comparison holds. */
export function rangesWithin(
  stored: Uint8Array,
  lineCount: number,
  { field, op, limit }: { readonly field: number; readonly op: CompareOp; readonly limit: number },
  take: (from: number, to: number) => void,
): void {
  const chunks = chunksOf(lineCount);
  const view = viewOf(stored);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const at = PAIR_BYTES * (field * chunks + chunk);
    const [min, max] = [view.getFloat64(at, true), view.getFloat64(at + 8, true)];
    if (min <= max && mayHold[op](min, max, limit))
      take(chunk * CHUNK_LINES, Math.min(lineCount, (chunk + 1) * CHUNK_LINES));
  }
}

const mayHold: Readonly<Record<CompareOp, (min: number, max: number, limit: number) => boolean>> = {
  '>': (_, max, limit) => max > limit,
  '>=': (_, max, limit) => max >= limit,
  '<': (min, _, limit) => min < limit,
  '<=': (min, _, limit) => min <= limit,
};

function chunksOf(lineCount: number): number {
  return Math.ceil(lineCount / CHUNK_LINES);
}

function emptyChunks(count: number): Float64Array {
  return clearChunks(new Float64Array(2 * count));
}

function clearChunks(pairs: Float64Array): Float64Array {
  for (let i = 0; i < pairs.length; i += 1) pairs[i] = i % 2 === 0 ? Infinity : -Infinity;
  return pairs;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
