/**
 * Line ends in the code units of an encoding: bytes, or pairs of bytes for UTF-16. No other encoding has the byte of a line end within a
 * character. Pairs begin at even places, counted from the beginning of the text, so that a torn pair spoils one character and no more.
 */

/** `bytesAt` is the place of `bytes[0]` in the text. */
export interface CodeUnits {
  readonly width: 1 | 2;
  /** Returns the index of the first line feed at `from` or behind it; −1 if there is none. */
  readonly lineEnd: (bytes: Buffer, from: number, bytesAt: number) => number;
  /** Returns true if a carriage return ends at `end`, and begins at `start` or behind it. */
  readonly isReturn: (bytes: Buffer, start: number, end: number) => boolean;
  /** Returns the index of the first unit at `from` or behind it that is no NUL. Byte order marks of UTF-16 are passed over too. */
  readonly afterNuls: (bytes: Buffer, from: number, bytesAt: number) => number;
  /** Returns true if the place behind `before`, which ends at `at` of the text, lies within a line. */
  readonly isInLine: (before: Buffer, at: number) => boolean;
}

const NUL = 0;
const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;
const NULS = Buffer.alloc(4_096);

/** Units of every encoding but UTF-16. */
export const BYTES: CodeUnits = {
  width: 1,
  lineEnd: (bytes, from) => bytes.indexOf(LF, from),
  isReturn: (bytes, start, end) => end > start && bytes[end - 1] === CR,
  afterNuls,
  isInLine(before) {
    const last = before.at(-1);
    return last !== undefined && last !== LF && last !== NUL;
  },
};

/** Units of UTF-16; `high` is the index of the high byte in a pair. */
function pairs(high: 0 | 1): CodeUnits {
  const pair = (unit: number): Buffer =>
    high === 0 ? Buffer.of(unit >> 8, unit & 0xff) : Buffer.of(unit & 0xff, unit >> 8);
  const lineFeed = pair(LF);
  const unitAt = (bytes: Buffer, at: number): number =>
    high === 0 ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  const isBlank = (unit: number): boolean => unit === NUL || unit === BYTE_ORDER_MARK;
  return {
    width: 2,
    lineEnd(bytes, from, bytesAt) {
      let at = bytes.indexOf(lineFeed, from);
      while (at >= 0 && (bytesAt + at) % 2 !== 0) at = bytes.indexOf(lineFeed, at + 1);
      return at;
    },
    isReturn: (bytes, start, end) =>
      end - start >= 2 && (end - start) % 2 === 0 && unitAt(bytes, end - 2) === CR,
    afterNuls(bytes, from, bytesAt) {
      let at = afterNulBlocks(bytes, from + ((bytesAt + from) % 2));
      while (at + 2 <= bytes.length && isBlank(unitAt(bytes, at))) at += 2;
      return Math.min(at, bytes.length);
    },
    isInLine(before, at) {
      if (at % 2 !== 0) return true;
      if (before.length < 2) return false;
      const unit = unitAt(before, before.length - 2);
      return unit !== LF && !isBlank(unit);
    },
  };
}

export const UTF_16LE_UNITS = pairs(1);
export const UTF_16BE_UNITS = pairs(0);

/** Returns the index of the first byte at `from` or behind it that is no NUL. */
export function afterNuls(bytes: Buffer, from: number): number {
  let at = afterNulBlocks(bytes, from);
  while (at < bytes.length && bytes[at] === NUL) at++;
  return at;
}

function afterNulBlocks(bytes: Buffer, from: number): number {
  let at = from;
  while (at + NULS.length <= bytes.length && bytes.compare(NULS, 0, NULS.length, at, at + NULS.length) === 0)
    at += NULS.length;
  return at;
}
