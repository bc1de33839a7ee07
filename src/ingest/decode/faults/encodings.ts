/** Guesses the encoding of lines that are not UTF-8. */

/** Share of bytes, or of characters beyond ASCII, that must speak for an encoding. */
const CONVINCING = 0.9;
const NULS_MIN = 0.3;

/** Returns a WHATWG label; undefined where nothing is likely. Bytes of UTF-16 may be valid UTF-8: half of them are mostly zero. */
export function guessEncoding(lines: readonly Uint8Array[]): string | undefined {
  const bytes = Buffer.concat(lines.slice(0, 50).map((line) => line.subarray(0, 4_000)));
  const nuls = bytes.filter((byte) => byte === 0).length;
  if (nuls >= NULS_MIN * bytes.length && nuls > 0) return utf16Of(lines);
  const scored = Object.entries(shares).map(([label, share]) => ({ label, share: share(bytes) }));
  const [best] = scored.sort((a, b) => b.share - a.share);
  return best !== undefined && best.share >= CONVINCING ? best.label : undefined;
}

/** A line may begin in the middle of a character, since lines are split at the byte of a line feed. */
function utf16Of(lines: readonly Uint8Array[]): string {
  const [first = new Uint8Array()] = lines.filter((line) => line.length > 1 && line[0] !== 0);
  return first[1] === 0 || (first[0] === 0xff && first[1] === 0xfe) ? 'utf-16le' : 'utf-16be';
}

/** The ranges of bytes in which an encoding has its common characters. */
type Range = readonly [from: number, to: number];
const among = (byte: number | undefined, ranges: readonly Range[]): boolean =>
  byte !== undefined && ranges.some(([from, to]) => byte >= from && byte <= to);

/** Returns a function that gives the share of bytes beyond ASCII that are in pairs of these ranges, or alone in `single`. */
function pairs(lead: readonly Range[], trail: readonly Range[], single: readonly Range[] = []) {
  return (bytes: Uint8Array): number => {
    let [fit, all] = [0, 0];
    for (let i = 0; i < bytes.length; i += 1) {
      if (bytes[i]! < 0x80) continue;
      all += 1;
      if (among(bytes[i], lead) && among(bytes[i + 1], trail)) {
        fit += 1;
        i += 1;
      } else if (among(bytes[i], single)) fit += 1;
    }
    return all === 0 ? 0 : fit / all;
  };
}

/** The order decides between two that fit alike: the first is more common. */
const shares: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
  // Punctuation and the common characters of GB 2312.
  gb18030: pairs(
    [
      [0xa1, 0xa3],
      [0xb0, 0xd7],
    ],
    [[0xa1, 0xfe]],
  ),
  big5: pairs(
    [
      [0xa1, 0xa3],
      [0xa4, 0xc6],
    ],
    [
      [0x40, 0x7e],
      [0xa1, 0xfe],
    ],
  ),
  shift_jis: pairs(
    [
      [0x81, 0x84],
      [0x88, 0x97],
    ],
    [
      [0x40, 0x7e],
      [0x80, 0xfc],
    ],
    [[0xa1, 0xdf]],
  ),
  // Letters with accents stand among letters without.
  latin1: (bytes) => {
    const runs =
      Buffer.from(bytes)
        .toString('latin1')
        .match(/[\x80-\xff]+/gu) ?? [];
    const all = runs.join('').length;
    const few = runs.filter((run) => /^[\xa0-\xff]{1,2}$/u.test(run)).join('').length;
    return all === 0 ? 0 : few / all;
  },
};
