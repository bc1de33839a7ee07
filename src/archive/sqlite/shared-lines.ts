/**
 * The memory of batches that wait for the writing thread. Both threads see it, so that no message copies the lines, and it is used again
 * once its batches are stored, so that what waits for the garbage collector does not add to it.
 */
import type { Batch } from '../../event/batch.ts';

/** Bytes at first, and as many as are kept for the next batches. */
const BYTES_MIN = 1 << 20;
const KEPT_BYTES_MAX = 16 << 20;
/** Every array begins at a multiple of this. */
const ALIGNMENT = 8;

export class SharedLines {
  #memory = new SharedArrayBuffer(BYTES_MIN);
  #used = 0;

  /** Returns the batch with a copy of its lines. The copy holds until `clear`. */
  copy(batch: Batch): Batch {
    const { bytes, starts, ends, offsets, recordTimesMs } = batch;
    this.#reserve([bytes, starts, ends, offsets, ...(recordTimesMs === undefined ? [] : [recordTimesMs])]);
    return {
      ...batch,
      bytes: this.#put(bytes, new Uint8Array(this.#memory, this.#used, bytes.length)),
      starts: this.#put(starts, new Uint32Array(this.#memory, this.#used, starts.length)),
      ends: this.#put(ends, new Uint32Array(this.#memory, this.#used, ends.length)),
      offsets: this.#put(offsets, new Float64Array(this.#memory, this.#used, offsets.length)),
      ...(recordTimesMs !== undefined && {
        recordTimesMs: this.#put(
          recordTimesMs,
          new Float64Array(this.#memory, this.#used, recordTimesMs.length),
        ),
      }),
    };
  }

  /** Ends the use of all copies. */
  clear(): void {
    this.#used = 0;
    if (this.#memory.byteLength > KEPT_BYTES_MAX) this.#memory = new SharedArrayBuffer(BYTES_MIN);
  }

  /** Goes on in other memory if there is no room. Copies in the memory before stay where they are. */
  #reserve(arrays: readonly ArrayBufferView[]): void {
    const needed = arrays.reduce((sum, { byteLength }) => sum + aligned(byteLength), 0);
    if (this.#used + needed <= this.#memory.byteLength) return;
    this.#memory = new SharedArrayBuffer(2 * Math.max(this.#memory.byteLength, needed));
    this.#used = 0;
  }

  #put<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
    to.set(from);
    this.#used += aligned(to.byteLength);
    return to;
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
