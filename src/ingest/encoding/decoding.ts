/** Decodes texts of one encoding. Bytes that are not of it become U+FFFD, and the caller is told so. */
import { TextDecoder } from 'node:util';
import type { TextEncoding } from './encoding.ts';

const REPLACED = '\ufffd';
/** Control characters that these decoders give for bytes which are no part of any character. */
const STRAY = /[\u0080-\u009f]/gu;
const GIVE_STRAY = new Set(['big5', 'euc-jp', 'euc-kr']);
/** The decoder of Shift_JIS gives each of these control characters for the one before it, as IBM's tables have them. */
const TURNED = ['\u001a', '\u001c', '\u007f'];
/** In these encodings, bytes below 0x80 are not always ASCII. */
const NO_ASCII = new Set(['utf-16le', 'utf-16be', 'iso-2022-jp']);

export interface DecodedText {
  readonly text: string;
  /** True where bytes are not of the encoding. */
  readonly isGarbled: boolean;
}

/** Returns true if bytes of ASCII are their own text. */
export const keepsAscii = ({ name }: TextEncoding): boolean => !NO_ASCII.has(name);

/**
 * Decodes whole texts. TextDecoder can also decode a text in pieces, but with small ones it fails for bytes that are not of the encoding,
 * although it was told to replace them.
 */
export class WholeDecoder {
  readonly #name: string;
  readonly #lenient: TextDecoder;
  readonly #strict: TextDecoder;

  constructor({ name }: TextEncoding) {
    this.#name = name;
    this.#lenient = new TextDecoder(name);
    this.#strict = new TextDecoder(name, { fatal: true });
  }

  decode(bytes: Uint8Array): DecodedText {
    const text = this.#lenient.decode(bytes);
    return this.#mended(text, text.includes(REPLACED) && isRefused(this.#strict, bytes, false));
  }

  /** Decodes the beginning of a text, and leaves out a character that goes on behind it. */
  decodeHead(bytes: Uint8Array): DecodedText {
    const text = new TextDecoder(this.#name).decode(bytes, { stream: true });
    const strict = new TextDecoder(this.#name, { fatal: true });
    return this.#mended(text, text.includes(REPLACED) && isRefused(strict, bytes, true));
  }

  #mended(text: string, isGarbled: boolean): DecodedText {
    if (this.#name === 'shift_jis') return { text: turnedBack(text), isGarbled };
    if (!GIVE_STRAY.has(this.#name)) return { text, isGarbled };
    const mended = text.replace(STRAY, REPLACED);
    return { text: mended, isGarbled: isGarbled || mended !== text };
  }
}

function isRefused(strict: TextDecoder, bytes: Uint8Array, stream: boolean): boolean {
  try {
    strict.decode(bytes, { stream });
    return false;
  } catch {
    return true;
  }
}

function turnedBack(text: string): string {
  if (!TURNED.some((each) => text.includes(each))) return text;
  const turned = Array.from(text, (each) => {
    const at = TURNED.indexOf(each);
    return at < 0 ? each : TURNED.at(at - 1)!;
  });
  return turned.join('');
}
