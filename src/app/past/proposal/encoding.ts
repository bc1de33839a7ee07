/** Guesses in which encoding a log is written, from some of its bytes. */
import { isUtf8 } from 'node:buffer';
import { UTF_8 } from '../../../config/decode/encoding.ts';
import { encodingAt, MARK_BYTES } from '../../../ingest/encoding/encoding.ts';
import { likelyEncoding } from '../../../ingest/encoding/likely.ts';
import { wholeCharacters } from '../../../ingest/lines.ts';

/** Fewer lines that are no UTF-8 are damaged ones of a log in UTF-8. */
const WRONG_MIN = 0.05;
/** So many bytes of lines that are no UTF-8 are looked at. */
const LOOKED_AT_BYTES = 64 << 10;

/** Returns a label that TextDecoder knows; `utf-8` where nothing speaks against it. */
export function guessEncoding(bytes: Buffer): string {
  const { name: marked } = encodingAt(bytes.subarray(0, MARK_BYTES), UTF_8, true)!;
  if (marked !== UTF_8) return marked;
  const [even, odd] = [nulsAt(bytes, 0), nulsAt(bytes, 1)];
  // Texts of UTF-16 have blanks and line ends, of which one byte is 0.
  if (Math.max(even, odd) > bytes.length / 20) return odd > even ? 'utf-16le' : 'utf-16be';
  const text = bytes.subarray(0, wholeCharacters(bytes, 0, bytes.length));
  if (isUtf8(text)) return UTF_8;
  const { share, wrong } = wrongLines(text);
  return share < WRONG_MIN ? UTF_8 : (likelyEncoding(wrong) ?? 'windows-1252');
}

function nulsAt(bytes: Buffer, first: number): number {
  let count = 0;
  for (let at = first; at < bytes.length; at += 2) if (bytes[at] === 0) count += 1;
  return count;
}

/** Returns the share of the lines that are no UTF-8, and some of them. */
function wrongLines(bytes: Buffer): { readonly share: number; readonly wrong: Buffer } {
  let lines = 0;
  const wrong: Buffer[] = [];
  for (let at = 0; at < bytes.length; lines += 1) {
    const lf = bytes.indexOf(10, at);
    const end = lf < 0 ? bytes.length : lf;
    const line = bytes.subarray(at, end);
    if (!isUtf8(line)) wrong.push(line);
    at = end + 1;
  }
  return {
    share: lines === 0 ? 0 : wrong.length / lines,
    wrong: Buffer.concat(wrong).subarray(0, LOOKED_AT_BYTES),
  };
}
