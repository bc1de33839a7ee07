/** Writes texts as UTF-8 one behind the other into large buffers, and gives each of them as a view. */

/** A view keeps its whole buffer, so buffers are no larger than some hundred documents. */
const BUFFER_BYTES = 256 << 10;

/** Up to so many bytes, a loop is faster than a call. */
const LOOP_MAX = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class JsonWriter {
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #start = 0;
  #at = 0;

  /** Adds the bytes [from, to). */
  add(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const count = to - from;
    this.#room(count);
    const buffer = this.#buffer;
    const at = this.#at;
    if (count > LOOP_MAX) buffer.set(bytes.subarray(from, to), at);
    else for (let i = 0; i < count; i += 1) buffer[at + i] = bytes[from + i]!;
    this.#at = at + count;
  }

  addByte(byte: number): void {
    this.#room(1);
    this.#buffer[this.#at] = byte;
    this.#at += 1;
  }

  addText(text: string): void {
    this.#room(3 * text.length);
    this.#at += this.#buffer.write(text, this.#at);
  }

  /** Adds the first `count` characters of a text, which are ASCII. */
  addAscii(text: string, count = text.length): void {
    this.#room(count);
    for (let i = 0; i < count; i += 1) this.#buffer[this.#at + i] = text.charCodeAt(i);
    this.#at += count;
  }

  /** Adds the bytes [from, to), which are ASCII, in one case. */
  addCased(bytes: Uint8Array, from: number, to: number, letterCase: 'upper' | 'lower'): void {
    this.#room(to - from);
    const first = letterCase === 'upper' ? 0x61 : 0x41;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at]!;
      this.#buffer[this.#at] = byte >= first && byte < first + 26 ? byte ^ 0x20 : byte;
      this.#at += 1;
    }
  }

  /** Adds the bytes [from, to) as a text of JSON. There are no control characters among them. */
  addQuoted(bytes: Uint8Array, from: number, to: number): void {
    this.#room(2 * (to - from) + 2);
    const buffer = this.#buffer;
    let out = this.#at;
    buffer[out] = QUOTE;
    out += 1;
    for (let at = from; at < to; at += 1, out += 1) {
      const byte = bytes[at]!;
      if (byte === QUOTE || byte === BACKSLASH) {
        buffer[out] = BACKSLASH;
        out += 1;
      }
      buffer[out] = byte;
    }
    buffer[out] = QUOTE;
    this.#at = out + 1;
  }

  /** Begins a text behind all before it. */
  begin(): void {
    this.#start = this.#at;
  }

  /** Returns all that was added since `begin`. It stays as it is. */
  end(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const begun = this.#buffer.subarray(this.#start, this.#at);
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, 2 * (begun.length + bytes)));
    this.#buffer.set(begun);
    this.#start = 0;
    this.#at = begun.length;
  }
}
