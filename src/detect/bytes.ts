/**
 * Writing and reading of state as bytes. The same state always gives the same bytes; numbers are little-endian doubles and
 * unsigned 32-bit integers. It knows nothing of what it stores.
 */

export interface ByteWriter {
  f64(value: number): void;
  /** 0 … 2^32 − 1. */
  u32(value: number): void;
  text(value: string): void;
  /** A text that occurs often: written once, then by number. */
  name(value: string): void;
  json(value: unknown): void;
  /** What was written; the writer begins anew. The bytes are a copy. */
  finish(): Uint8Array;
}

export interface ByteReader {
  f64(): number;
  u32(): number;
  text(): string;
  name(): string;
  json(): unknown;
  readonly done: boolean;
}

export function byteWriter(): ByteWriter {
  let bytes = new Uint8Array(4096);
  let view = new DataView(bytes.buffer);
  let length = 0;
  const encoder = new TextEncoder();
  const names = new Map<string, number>();

  function room(size: number): void {
    if (length + size <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + size));
    larger.set(bytes);
    bytes = larger;
    view = new DataView(bytes.buffer);
  }

  function u32(value: number): void {
    room(4);
    view.setUint32(length, value, true);
    length += 4;
  }

  function text(value: string): void {
    // UTF-8 takes at most three bytes a UTF-16 unit.
    room(4 + value.length * 3);
    const { written } = encoder.encodeInto(value, bytes.subarray(length + 4));
    view.setUint32(length, written, true);
    length += 4 + written;
  }

  return {
    f64(value) {
      room(8);
      view.setFloat64(length, value, true);
      length += 8;
    },
    u32,
    text,
    name(value) {
      const number = names.get(value);
      u32(number ?? names.size);
      if (number !== undefined) return;
      names.set(value, names.size);
      text(value);
    },
    json: (value) => text(JSON.stringify(value)),
    finish() {
      const result = bytes.slice(0, length);
      length = 0;
      names.clear();
      return result;
    },
  };
}

/** Reads what a writer wrote, in the same order. Throws RangeError where the bytes end too early. */
export function byteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const names: string[] = [];
  let at = 0;

  function u32(): number {
    const value = view.getUint32(at, true);
    at += 4;
    return value;
  }

  function text(): string {
    const size = u32();
    if (at + size > bytes.length) throw new RangeError('The state ends in the middle of a text');
    const value = decoder.decode(bytes.subarray(at, at + size));
    at += size;
    return value;
  }

  return {
    f64() {
      const value = view.getFloat64(at, true);
      at += 8;
      return value;
    },
    u32,
    text,
    name() {
      const number = u32();
      if (number === names.length) names.push(text());
      return names[number]!;
    },
    json: () => JSON.parse(text()) as unknown,
    get done() {
      return at === bytes.length;
    },
  };
}
