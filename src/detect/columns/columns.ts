/** Flat arrays that grow: the keyed state of a million groups is a handful of them. */

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/**
 * Returns a column with room for `length` entries. This is `column` itself if it has the room; otherwise a longer copy, filled up with 0. A
 * column grows by an eighth. A smaller part would be copied more often; a larger one would leave a large state half empty.
 */
export function withRoom<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column;
  const longer = Math.max(length, column.length + (column.length >> 3), 16);
  const result = new (column.constructor as new (length: number) => T)(longer);
  result.set(column);
  return result;
}

/** As `withRoom`, for a column that grows and shrinks with the stream: the longer copy has twice the length. */
export function withAmpleRoom<T extends Column>(column: T, length: number): T {
  return length <= column.length ? column : withRoom(column, Math.max(length, 2 * column.length));
}

/** Columns without an entry. Every column begins as one of these, so that a rule without groups takes almost no memory. */
export const noBytes = new Uint8Array(0);
export const noShorts = new Uint16Array(0);
export const noInts = new Int32Array(0);
export const noWords = new Uint32Array(0);
export const noDoubles = new Float64Array(0);
