/** The times of the lines of a block as bytes: four a line from the earliest on where they lie within 49 days, or eight. */

const STEP_BYTES = 4;
const WHOLE_BYTES = 8;

/** `minMs`, `maxMs`: the earliest and the latest time. */
export function storedTimes(times: Float64Array, minMs: number, maxMs: number): Uint8Array {
  const isNear = maxMs - minMs < 2 ** 32;
  const bytes = new Uint8Array(times.length * (isNear ? STEP_BYTES : WHOLE_BYTES));
  const view = new DataView(bytes.buffer);
  for (let line = 0; line < times.length; line += 1) {
    if (isNear) view.setUint32(line * STEP_BYTES, times[line]! - minMs, true);
    else view.setFloat64(line * WHOLE_BYTES, times[line]!, true);
  }
  return bytes;
}

/** Returns the time of each line, ms since epoch. */
export function timesOf(stored: Uint8Array, lineCount: number, minMs: number): Float64Array {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const isNear = stored.length === lineCount * STEP_BYTES;
  const times = new Float64Array(lineCount);
  for (let line = 0; line < lineCount; line += 1) {
    times[line] = isNear
      ? minMs + view.getUint32(line * STEP_BYTES, true)
      : view.getFloat64(line * WHOLE_BYTES, true);
  }
  return times;
}
