/**
 * Writes and reads state as bytes. The same state always gives the same bytes. Numbers are little-endian doubles; whole numbers take as
 * many bytes as they need (LEB128). The code here knows nothing of the things that it stores.
 */

export interface ByteWriter {
  f64(value: number): void;
  /** Writes a whole number from 0 to 2^53 − 1, seven bits in a byte. */
  whole(value: number): void;
  text(value: string): void;
  /** Writes a text that occurs often: in full the first time, then as a number. Returns this number, for `nameAgain`. */
  name(value: string): number;
  /** As `name`, for a text that `name` has written since the last `finish`. */
  nameAgain(number: number): void;
  json(value: unknown): void;
  /** Returns a copy of the bytes written; the writer begins anew. */
  finish(): Uint8Array;
}

export interface ByteReader {
  f64(): number;
  whole(): number;
  text(): string;
  name(): string;
  json(): unknown;
  /** Checks that everything has been read. Throws RangeError if bytes are left. */
  end(): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function byteWriter(): ByteWriter {
  let bytes = new Uint8Array(0);
  let view = new DataView(bytes.buffer);
  let length = 0;
  const names = new Map<string, number>();

  function room(size: number): void {
    if (length + size <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + size, 256));
    larger.set(bytes);
    bytes = larger;
    view = new DataView(bytes.buffer);
  }

  function whole(value: number): void {
    room(8);
    let rest = value;
    while (rest >= 0x80) {
      bytes[length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[length++] = rest;
  }

  function text(value: string): void {
    const size = Buffer.byteLength(value);
    whole(size);
    room(size);
    encoder.encodeInto(value, bytes.subarray(length, length + size));
    length += size;
  }

  return {
    f64(value) {
      room(8);
      view.setFloat64(length, value, true);
      length += 8;
    },
    whole,
    text,
    name(value) {
      const known = names.get(value);
      if (known !== undefined) {
        whole(known);
        return known;
      }
      const number = names.size;
      whole(number);
      names.set(value, number);
      text(value);
      return number;
    },
    nameAgain: whole,
    json: (value) => text(JSON.stringify(value)),
    finish() {
      const result = bytes.slice(0, length);
      length = 0;
      names.clear();
      return result;
    },
  };
}

/** Reads the bytes of a writer, in the order of its writing. Throws RangeError if the bytes end too early. */
export function byteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names: string[] = [];
  let at = 0;

  function whole(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('The state ends in the middle of a number');
      if (byte < 0x80) return value + byte * weight;
      value += (byte - 0x80) * weight;
    }
  }

  function text(): string {
    const size = whole();
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
    whole,
    text,
    name() {
      const number = whole();
      if (number === names.length) names.push(text());
      return names[number]!;
    },
    json: () => JSON.parse(text()) as unknown,
    end() {
      if (at !== bytes.length) throw new RangeError('The state goes on behind its end');
    },
  };
}
