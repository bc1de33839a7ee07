/** Flat arrays that grow: state of a million groups is a handful of them. */

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/**
 * A column with room for `length` entries: the same one where it has it, else a longer one with what it held and 0 behind. It
 * grows by an eighth: less is copied more often, but a large state never stands half empty.
 */
export function withRoom<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column;
  const longer = Math.max(length, column.length + (column.length >> 3), 16);
  const result = new (column.constructor as new (length: number) => T)(longer);
  result.set(column);
  return result;
}

/** Columns without an entry: every column begins as one of these, so that a rule without groups takes next to nothing. */
export const noBytes = new Uint8Array(0);
export const noShorts = new Uint16Array(0);
export const noInts = new Int32Array(0);
export const noWords = new Uint32Array(0);
export const noDoubles = new Float64Array(0);
