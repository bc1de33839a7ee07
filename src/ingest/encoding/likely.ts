/** Guesses the encoding of bytes that are not of the encoding that they should be of, to help a person to correct the configuration. */
import { isUtf8 } from 'node:buffer';
import { UTF_8 } from '../../config/decode/encoding.ts';

/** Fewer pairs of bytes prove nothing. Accents of Western texts seldom stand side by side. */
const PAIRS_MIN = 4;
const HIGH_PAIRS_MIN = 2;
/** Hangul stands in these rows of its table. Chinese texts of so many characters have others as well. */
const HANGUL_ROWS = { from: 0xb0, to: 0xc8 };
const HANGUL_MIN = 8;

/** Returns a label for `encoding`; undefined where nothing is likely. */
export function likelyEncoding(bytes: Buffer): string | undefined {
  const nuls = bytes.reduce((sum, byte) => sum + Number(byte === 0), 0);
  if (nuls * 4 > bytes.length) return nulsAtOdd(bytes) * 2 > nuls ? 'utf-16le' : 'utf-16be';
  if (bytes.every((byte) => byte < 0x80)) return undefined;
  if (isUtf8(bytes)) return UTF_8;
  const pairs = pairsOf(bytes);
  if (pairs === undefined || pairs.length < (pairs.every(isHigh) ? HIGH_PAIRS_MIN : PAIRS_MIN))
    return singleBytes(bytes);
  if (pairs.filter(({ isAlone }) => isAlone).length > pairs.length / 2) return singleBytes(bytes);
  const shareOf = (isSo: (pair: Pair) => boolean): number => pairs.filter(isSo).length / pairs.length;
  if (shareOf(isShiftJis) > 0.5) return 'shift_jis';
  if (shareOf(({ lead }) => lead === 0xa4 || lead === 0xa5) > 0.2 && pairs.every(isHigh)) return 'euc-jp';
  const kinds = new Set(pairs.map(({ lead, trail }) => lead * 256 + trail)).size;
  if (shareOf(isHigh) === 1) return kinds >= HANGUL_MIN && pairs.every(isHangul) ? 'euc-kr' : 'gb18030';
  // Only half of the second bytes of Big5 are high, and nearly all of those of common Chinese in GB 18030.
  return shareOf(isHigh) < 0.8 && shareOf(isCommonBig5) > 0.8 ? 'big5' : 'gb18030';
}

interface Pair {
  readonly lead: number;
  readonly trail: number;
  /** Only the first byte is no ASCII, and the bytes around are: so stand accents and quotes in Western words. */
  readonly isAlone: boolean;
}

/** Returns the pairs that begin with a high byte; undefined where a pair cannot end so. */
function pairsOf(bytes: Buffer): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = bytes[at]!;
    if (lead < 0x80) continue;
    const trail = bytes[(at += 1)];
    if (trail === undefined) break;
    if (trail < 0x40) return undefined;
    const isAlone = trail < 0x80 && (bytes[at + 1] ?? 0) < 0x80 && (bytes[at - 2] ?? 0) < 0x80;
    pairs.push({ lead, trail, isAlone });
  }
  return pairs;
}

const isHigh = ({ trail }: Pair): boolean => trail >= 0xa1;
const isHangul = ({ lead }: Pair): boolean =>
  (lead >= HANGUL_ROWS.from && lead <= HANGUL_ROWS.to) || lead <= 0xa3;
const isCommonBig5 = ({ lead, trail }: Pair): boolean =>
  lead >= 0xa1 && lead <= 0xc6 && (trail <= 0x7e || trail >= 0xa1);
/** Kana and common characters of Shift_JIS; rare ones of GB 18030 begin so. */
const isShiftJis = ({ lead }: Pair): boolean => lead < 0xa1;

/** Accents of Western texts are few among letters of ASCII. */
function singleBytes(bytes: Buffer): string | undefined {
  const high = bytes.reduce((sum, byte) => sum + Number(byte >= 0x80), 0);
  return high * 4 < bytes.length ? 'windows-1252' : undefined;
}

function nulsAtOdd(bytes: Buffer): number {
  return bytes.reduce((sum, byte, at) => sum + Number(byte === 0 && at % 2 === 1), 0);
}
