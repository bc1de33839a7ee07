/** Guesses in which encoding a log is written, from some of its bytes. */
import { isUtf8 } from 'node:buffer';
import { wholeCharacters } from '../../../ingest/lines.ts';

/** Encodings whose characters take two bytes, the likeliest first. Labels of WHATWG. */
const TWO_BYTES = ['gb18030', 'big5', 'shift_jis', 'euc-kr'] as const;

/** Fewer lines that are no UTF-8 are damaged ones of a log in UTF-8. */
const WRONG_MIN = 0.05;
/** Characters of Latin-1 mostly stand among ASCII, those of two bytes beside each other. */
const BESIDE_MIN = 0.7;

/** Returns a label that TextDecoder knows; `utf-8` where nothing speaks against it. */
export function guessEncoding(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const [even, odd] = [nulsAt(bytes, 0), nulsAt(bytes, 1)];
  // Texts of UTF-16 have blanks and line ends, of which one byte is 0.
  if (Math.max(even, odd) > bytes.length / 20) return odd > even ? 'utf-16le' : 'utf-16be';
  const text = bytes.subarray(0, wholeCharacters(bytes, 0, bytes.length));
  if (isUtf8(text) || shareOfWrongLines(text) < WRONG_MIN) return 'utf-8';
  if (shareBeside(text) < BESIDE_MIN) return 'latin1';
  return TWO_BYTES.find((label) => isOf(text, label)) ?? 'latin1';
}

function nulsAt(bytes: Buffer, first: number): number {
  let count = 0;
  for (let at = first; at < bytes.length; at += 2) if (bytes[at] === 0) count += 1;
  return count;
}

function shareOfWrongLines(bytes: Buffer): number {
  let lines = 0;
  let wrong = 0;
  for (let at = 0; at < bytes.length; lines += 1) {
    const lf = bytes.indexOf(10, at);
    const end = lf < 0 ? bytes.length : lf;
    if (!isUtf8(bytes.subarray(at, end))) wrong += 1;
    at = end + 1;
  }
  return lines === 0 ? 0 : wrong / lines;
}

function shareBeside(bytes: Buffer): number {
  const isHigh = (at: number): boolean => (bytes[at] ?? 0) >= 0x80;
  let high = 0;
  let beside = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (!isHigh(at)) continue;
    high += 1;
    if (isHigh(at - 1) || isHigh(at + 1)) beside += 1;
  }
  return high === 0 ? 0 : beside / high;
}

/** The last character of a sample may be cut. */
function isOf(bytes: Buffer, label: string): boolean {
  try {
    new TextDecoder(label, { fatal: true }).decode(
      bytes.subarray(0, bytes.lastIndexOf(10) + 1 || bytes.length),
    );
    return true;
  } catch {
    return false;
  }
}
