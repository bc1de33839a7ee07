/** A text of tokens for the full-text index, written byte by byte: of most values no string is made. */
import { lowerCase } from '../../event/analysis/analyze.ts';
import { scanBytes } from '../../event/analysis/scan.ts';
import { wordToken } from './tokens.ts';

const SPACE = 0x20;
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
/** The two hex digits of each byte, and those of the byte that a capital letter becomes in lower or upper case. */
const SAME = hexOf((byte) => byte);
const LOWER = hexOf((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
const UPPER = hexOf((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));

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

/** Letter case in which ASCII letters are written. */
export type LetterCase = 'same' | 'lower' | 'upper';

const tables: Readonly<Record<LetterCase, Uint16Array>> = { same: SAME, lower: LOWER, upper: UPPER };

function hexOf(change: (byte: number) => number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    const changed = change(byte);
    return (DIGITS[changed >> 4]! << 8) | DIGITS[changed & 15]!;
  });
}

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

  /** Adds a token that consists of ASCII letters and digits. */
  add(token: string): void {
    this.#reserve(token.length + 1);
    this.#length += this.#bytes.write(token, this.#length, 'latin1');
    this.#bytes[this.#length++] = SPACE;
  }

  /** Adds the token of the bytes [from, to): `beginning`, then their hex digits. */
  addBytes(
    beginning: string,
    bytes: Uint8Array,
    [from, to]: readonly [number, number],
    letters: LetterCase,
  ): void {
    this.#reserve(beginning.length + 2 * (to - from) + 1);
    if (beginning !== '') this.#length += this.#bytes.write(beginning, this.#length, 'latin1');
    this.#hex(bytes, from, to, tables[letters]);
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
      else this.add(wordToken(lowerCase(text.toString('utf8', start, end))));
    });
  }

  #addRange(text: Buffer, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 1);
    this.#hex(text, start, end, LOWER);
    this.#bytes[this.#length++] = SPACE;
  }

  #hex(bytes: Uint8Array, from: number, to: number, table: Uint16Array): void {
    const out = this.#bytes;
    let at = this.#length;
    for (let i = from; i < to; i += 1) {
      const digits = table[bytes[i]!]!;
      out[at] = digits >> 8;
      out[at + 1] = digits & 0xff;
      at += 2;
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
