/** A text of tokens for the full-text index, written byte by byte: of most values no string is made. */
import { lowerCase } from '../../event/analysis/analyze.ts';
import { scanBytes } from '../../event/analysis/scan.ts';
import { plainForm } from './token-form.ts';

const SPACE = 0x20;

/** Letter case in which ASCII letters are written. */
export type LetterCase = 'same' | 'lower' | 'upper';

/** For each byte of a text the one or two bytes of its token, the second one in the high half. */
const tables: Readonly<Record<LetterCase, Uint16Array>> = {
  same: bytesOf((char) => char),
  lower: bytesOf((char) => char.toLowerCase()),
  upper: bytesOf((char) => char.toUpperCase()),
};

/** Bytes beyond ASCII stay, so a table serves texts that have some only where their case stays. */
function bytesOf(change: (char: string) => string): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    if (byte >= 0x80) return byte;
    const [first, second = 0] = Buffer.from(plainForm.word(change(String.fromCharCode(byte))));
    return first! | (second << 8);
  });
}

/** Kinds of bytes between spaces. Letters and digits, with or without underscores, are one word. */
const PLAIN = 1;
const OTHER = 2;
const UNDERSCORE = 4;
const PARTS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x5f) return UNDERSCORE;
  return byte < 0x80 && /[0-9A-Za-z]/u.test(String.fromCharCode(byte)) ? PLAIN : OTHER;
});
/** A longer word is cut in parts. */
const WORD_MAX = 255;

export class TokenText {
  #bytes = Buffer.alloc(65_536);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** The tokens, separated by spaces. A token may stand there more than once. Void after the next call. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a token as it is. */
  add(token: string): void {
    this.#reserve(3 * token.length + 1);
    this.#length += this.#bytes.write(token, this.#length);
    this.#bytes[this.#length++] = SPACE;
  }

  /** Adds the token of the bytes [from, to), with a beginning. */
  addBytes(
    beginning: Uint8Array,
    bytes: Uint8Array,
    [from, to]: readonly [number, number],
    letters: LetterCase,
  ): void {
    this.#reserve(beginning.length + 2 * (to - from) + 1);
    for (const byte of beginning) this.#bytes[this.#length++] = byte;
    this.#write(bytes, from, to, tables[letters]);
    this.#bytes[this.#length++] = SPACE;
  }

  /** Adds the tokens of all words of a text, given as UTF-8. No word reaches over a space. */
  addWords(text: Buffer, from: number, to: number): void {
    for (let start = from; start < to;) {
      let end = start;
      let kinds = 0;
      let byte: number;
      while (end < to && (byte = text[end]!) !== SPACE) {
        kinds |= PARTS[byte]!;
        end += 1;
      }
      if ((kinds & ~UNDERSCORE) === PLAIN && end - start <= WORD_MAX) this.#addRange(text, start, end);
      else if (kinds !== 0) this.#addScanned(text, start, end);
      start = end + 1;
    }
  }

  /** Adds the tokens of the words between two spaces. */
  #addScanned(text: Buffer, from: number, to: number): void {
    scanBytes(text, from, to, (start, end) => {
      if (isAscii(text, start, end)) this.#addRange(text, start, end);
      else this.add(plainForm.word(lowerCase(text.toString('utf8', start, end))));
    });
  }

  #addRange(text: Buffer, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 1);
    this.#write(text, start, end, tables.lower);
    this.#bytes[this.#length++] = SPACE;
  }

  #write(bytes: Uint8Array, from: number, to: number, table: Uint16Array): void {
    const out = this.#bytes;
    let at = this.#length;
    for (let i = from; i < to; i += 1) {
      const token = table[bytes[i]!]!;
      out[at++] = token & 0xff;
      if (token > 0xff) out[at++] = token >> 8;
    }
    this.#length = at;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

export function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (bytes[i]! >= 0x80) return false;
  return true;
}
