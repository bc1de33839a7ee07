/**
 * The first look at a line: 64 bytes at a time become masks of one bit a byte. The technique is that of simdjson (Langdale and Lemire,
 * "Parsing Gigabytes of JSON per Second", 2019); the masks of words follow Unicode's rules for word breaks, which for ASCII need only the
 * bytes beside a byte.
 */
const MASK_BYTES: i32 = (65_536 / 64 + 4) * 8;

/** Quotes that are not escaped. A last bit stands where the line ends. */
export const QUOTES: usize = memory.data(MASK_BYTES, 64);
/** Bytes of words: letters, digits, underscores and what joins them. */
export const WORDS: usize = memory.data(MASK_BYTES, 64);
/** Bytes at which a word begins, and those behind its end. */
export const EDGES: usize = memory.data(MASK_BYTES, 64);
/** Backslashes. */
export const BACKSLASHES: usize = memory.data(MASK_BYTES, 64);
/** Bytes that are not ASCII. */
export const WIDE: usize = memory.data(MASK_BYTES, 64);
/** Digits. */
export const DIGITS: usize = memory.data(MASK_BYTES, 64);

/** Findings about a line. */
export const HAS_CONTROLS: u32 = 1;
export const HAS_BACKSLASHES: u32 = 2;
export const HAS_WIDE: u32 = 4;
export const HAS_CODES: u32 = 8;
export const HAS_WRONG_ESCAPES: u32 = 16;

function equal(x: v128, byte: u8): v128 {
  return i8x16.eq(x, i8x16.splat(byte));
}

/** Bytes from `from` on, `count` of them. Two instructions, since the bytes are moved to where they compare as signed ones. */
function within(x: v128, from: u8, count: u8): v128 {
  return i8x16.lt_s(i8x16.sub(x, i8x16.splat(<u8>(from + 0x80))), i8x16.splat(<u8>(count + 0x80)));
}

function letters(x: v128): v128 {
  return within(v128.or(x, i8x16.splat(0x20)), 0x61, 26);
}

/** Bytes that lines seldom have: backslashes, controls, all beyond ASCII. */
function rare(x: v128): v128 {
  return v128.or(i8x16.lt_s(x, i8x16.splat(0x20)), equal(x, 0x5c));
}

function dots(x: v128): v128 {
  return v128.or(equal(x, 0x2e), equal(x, 0x27));
}

function mask(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    (<u64>(<u32>i8x16.bitmask(a))) |
    ((<u64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<u64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<u64>(<u32>i8x16.bitmask(d))) << 48)
  );
}

/** Letters, digits, underscores and joiners of the block before, whose words end in the block that follows it. */
let letterMask: u64 = 0;
let digitMask: u64 = 0;
let underscoreMask: u64 = 0;
let letterJoiners: u64 = 0;
let digitJoiners: u64 = 0;
/** The last bits of the block before that one. */
let letterBefore: u64 = 0;
let digitBefore: u64 = 0;
let wordBefore: u64 = 0;
/** The first byte of the next block is escaped. */
let isEscaped: u64 = 0;

/** Makes the masks of the line at `line`, `length` bytes long and at most `LINE_MAX`. Returns the findings. */
export function maskLine(line: usize, length: u32): u32 {
  let found: u32 = 0;
  letterBefore = 0;
  digitBefore = 0;
  wordBefore = 0;
  isEscaped = 0;
  letterMask = 0;
  digitMask = 0;
  underscoreMask = 0;
  const blocks = (length + 63) >> 6;
  for (let i: u32 = 0; i < blocks; i++) {
    const at = line + (i << 6);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const rest = length - (i << 6);
    const inside: u64 = rest >= 64 ? ~0 : ((<u64>1) << rest) - 1;
    const slot = i << 3;
    let sound: u64 = inside;
    store<u64>(BACKSLASHES + slot, 0);
    store<u64>(WIDE + slot, 0);
    if (((inside & mask(rare(a), rare(b), rare(c), rare(d))) | isEscaped) !== 0) {
      const slashes = inside & mask(equal(a, 0x5c), equal(b, 0x5c), equal(c, 0x5c), equal(d, 0x5c));
      const wide = inside & mask(a, b, c, d);
      const low = inside & mask(below(a), below(b), below(c), below(d));
      store<u64>(BACKSLASHES + slot, slashes);
      store<u64>(WIDE + slot, wide);
      if (wide !== 0) found |= HAS_WIDE;
      if ((low & ~wide) !== 0) found |= HAS_CONTROLS;
      if (slashes !== 0) found |= HAS_BACKSLASHES;
      const escaped = escapedBy(slashes);
      found |= findingsOf(at, escaped);
      sound = inside & ~escaped;
    }
    store<u64>(QUOTES + slot, sound & mask(equal(a, 0x22), equal(b, 0x22), equal(c, 0x22), equal(d, 0x22)));
    const letter = sound & mask(letters(a), letters(b), letters(c), letters(d));
    const digit =
      sound & mask(within(a, 0x30, 10), within(b, 0x30, 10), within(c, 0x30, 10), within(d, 0x30, 10));
    if (i > 0) joinWords(slot - 8, letter, digit);
    store<u64>(DIGITS + slot, digit);
    letterMask = letter;
    digitMask = digit;
    underscoreMask = sound & mask(equal(a, 0x5f), equal(b, 0x5f), equal(c, 0x5f), equal(d, 0x5f));
    const dotsA = dots(a);
    const dotsB = dots(b);
    const dotsC = dots(c);
    const dotsD = dots(d);
    letterJoiners = mask(
      v128.or(dotsA, equal(a, 0x3a)),
      v128.or(dotsB, equal(b, 0x3a)),
      v128.or(dotsC, equal(c, 0x3a)),
      v128.or(dotsD, equal(d, 0x3a)),
    );
    digitJoiners = mask(
      v128.or(dotsA, v128.or(equal(a, 0x2c), equal(a, 0x3b))),
      v128.or(dotsB, v128.or(equal(b, 0x2c), equal(b, 0x3b))),
      v128.or(dotsC, v128.or(equal(c, 0x2c), equal(c, 0x3b))),
      v128.or(dotsD, v128.or(equal(d, 0x2c), equal(d, 0x3b))),
    );
  }
  joinWords((blocks - 1) << 3, 0, 0);
  const last = length >> 6;
  if (last === blocks) store<u64>(QUOTES + (last << 3), 0);
  store<u64>(QUOTES + (last << 3), load<u64>(QUOTES + (last << 3)) | ((<u64>1) << (length & 63)));
  store<u64>(DIGITS + (blocks << 3), 0);
  store<u64>(WORDS + (blocks << 3), 0);
  store<u64>(EDGES + (blocks << 3), wordBefore);
  return found;
}

function below(x: v128): v128 {
  return i8x16.lt_s(x, i8x16.splat(0x20));
}

/** Returns the bytes of the block that are escaped: an escaped quote ends no text, and the `n` of an escape is no letter. */
function escapedBy(backslashes: u64): u64 {
  const EVEN: u64 = 0x5555555555555555;
  const slashes = backslashes & ~isEscaped;
  const follows = (slashes << 1) | isEscaped;
  const oddStarts = slashes & ~EVEN & ~follows;
  const sequences = oddStarts + slashes;
  isEscaped = sequences < slashes ? 1 : 0;
  return (EVEN ^ (sequences << 1)) & follows;
}

function findingsOf(block: usize, escaped: u64): u32 {
  let found: u32 = 0;
  for (let left = escaped; left !== 0; left &= left - 1) found |= findingOf(block + <u32>ctz(left));
  return found;
}

/** Returns the finding about the escaped character at `at`. */
function findingOf(at: usize): u32 {
  const byte = load<u8>(at);
  if (byte === 0x75) {
    for (let i: usize = 1; i <= 4; i++) if (!isHex(load<u8>(at + i))) return HAS_WRONG_ESCAPES;
    return HAS_CODES;
  }
  const isKnown =
    byte === 0x6e ||
    byte === 0x22 ||
    byte === 0x5c ||
    byte === 0x2f ||
    byte === 0x74 ||
    byte === 0x72 ||
    byte === 0x62 ||
    byte === 0x66;
  return isKnown ? 0 : HAS_WRONG_ESCAPES;
}

function isHex(byte: u8): bool {
  return <u8>(byte - 0x30) < 10 || <u8>((byte | 0x20) - 0x61) < 6;
}

/** Makes the words of the block before from its letters, digits, underscores and joiners, and from the first byte behind it. */
function joinWords(slot: u32, letterNext: u64, digitNext: u64): void {
  const joined =
    (letterJoiners & ((letterMask << 1) | letterBefore) & ((letterMask >> 1) | (letterNext << 63))) |
    (digitJoiners & ((digitMask << 1) | digitBefore) & ((digitMask >> 1) | (digitNext << 63)));
  const word = underscoreMask | letterMask | digitMask | joined;
  store<u64>(WORDS + slot, word);
  store<u64>(EDGES + slot, word ^ ((word << 1) | wordBefore));
  wordBefore = word >> 63;
  letterBefore = letterMask >> 63;
  digitBefore = digitMask >> 63;
}

/** Returns true if the mask has a bit in [from, to). */
export function anyIn(masks: usize, from: u32, to: u32): bool {
  if (from >= to) return false;
  let i = from >> 6;
  const last = (to - 1) >> 6;
  let bits = load<u64>(masks + (i << 3)) & (~(<u64>0) << (from & 63));
  while (i < last) {
    if (bits !== 0) return true;
    i += 1;
    bits = load<u64>(masks + (i << 3));
  }
  return (bits & (~(<u64>0) >> (63 - ((to - 1) & 63)))) !== 0;
}
