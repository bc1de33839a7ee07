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

  /** Adds the tokens of all words of a text, given as UTF-8. */
  addWords(text: Buffer, from: number, to: number): void {
    // A word of one byte becomes three, and words do not overlap.
    this.#reserve(3 * (to - from) + 1);
    scanBytes(text, from, to, (start, end) => {
      if (!isAscii(text, start, end)) {
        this.add(wordToken(lowerCase(text.toString('utf8', start, end))));
        this.#reserve(3 * (to - end) + 1);
        return;
      }
      this.#hex(text, start, end, LOWER);
      this.#bytes[this.#length++] = SPACE;
    });
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
