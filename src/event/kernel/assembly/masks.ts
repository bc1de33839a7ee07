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
/** Backslashes. */
export const BACKSLASHES: usize = memory.data(MASK_BYTES, 64);
/** Bytes that are not ASCII. */
export const WIDE: usize = memory.data(MASK_BYTES, 64);
const LETTERS: usize = memory.data(MASK_BYTES, 64);
const DIGITS: usize = memory.data(MASK_BYTES, 64);
/** Bytes that join two letters, and bytes that join two digits. */
const LETTER_JOINERS: usize = memory.data(MASK_BYTES, 64);
const DIGIT_JOINERS: usize = memory.data(MASK_BYTES, 64);

/** Findings about a line. */
export const HAS_CONTROLS: u32 = 1;
export const HAS_BACKSLASHES: u32 = 2;
export const HAS_WIDE: u32 = 4;
export const HAS_CODES: u32 = 8;
export const HAS_WRONG_ESCAPES: u32 = 16;

function equal(x: v128, byte: u8): v128 {
  return i8x16.eq(x, i8x16.splat(byte));
}

function within(x: v128, from: u8, count: u8): v128 {
  return i8x16.lt_u(i8x16.sub(x, i8x16.splat(from)), i8x16.splat(count));
}

function letters(x: v128): v128 {
  return within(v128.or(x, i8x16.splat(0x20)), 0x61, 26);
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

/** Makes the masks of the line at `line`, `length` bytes long and at most `LINE_MAX`. Returns the findings. */
export function maskLine(line: usize, length: u32): u32 {
  let backslashes: u64 = 0;
  let wides: u64 = 0;
  let controls: u64 = 0;
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
    store<u64>(QUOTES + slot, inside & mask(equal(a, 0x22), equal(b, 0x22), equal(c, 0x22), equal(d, 0x22)));
    const slashes = inside & mask(equal(a, 0x5c), equal(b, 0x5c), equal(c, 0x5c), equal(d, 0x5c));
    store<u64>(BACKSLASHES + slot, slashes);
    backslashes |= slashes;
    const wide = inside & mask(a, b, c, d);
    store<u64>(WIDE + slot, wide);
    wides |= wide;
    controls |= inside & mask(within(a, 0, 32), within(b, 0, 32), within(c, 0, 32), within(d, 0, 32));
    store<u64>(LETTERS + slot, inside & mask(letters(a), letters(b), letters(c), letters(d)));
    store<u64>(
      DIGITS + slot,
      inside & mask(within(a, 0x30, 10), within(b, 0x30, 10), within(c, 0x30, 10), within(d, 0x30, 10)),
    );
    store<u64>(WORDS + slot, inside & mask(equal(a, 0x5f), equal(b, 0x5f), equal(c, 0x5f), equal(d, 0x5f)));
    const dotsA = dots(a);
    const dotsB = dots(b);
    const dotsC = dots(c);
    const dotsD = dots(d);
    store<u64>(
      LETTER_JOINERS + slot,
      mask(
        v128.or(dotsA, equal(a, 0x3a)),
        v128.or(dotsB, equal(b, 0x3a)),
        v128.or(dotsC, equal(c, 0x3a)),
        v128.or(dotsD, equal(d, 0x3a)),
      ),
    );
    store<u64>(
      DIGIT_JOINERS + slot,
      mask(
        v128.or(dotsA, v128.or(equal(a, 0x2c), equal(a, 0x3b))),
        v128.or(dotsB, v128.or(equal(b, 0x2c), equal(b, 0x3b))),
        v128.or(dotsC, v128.or(equal(c, 0x2c), equal(c, 0x3b))),
        v128.or(dotsD, v128.or(equal(d, 0x2c), equal(d, 0x3b))),
      ),
    );
  }
  let found: u32 = (controls !== 0 ? HAS_CONTROLS : 0) | (wides !== 0 ? HAS_WIDE : 0);
  if (backslashes !== 0) found |= HAS_BACKSLASHES | takeOutEscaped(line, blocks);
  const last = length >> 6;
  if (last === blocks) store<u64>(QUOTES + (last << 3), 0);
  store<u64>(QUOTES + (last << 3), load<u64>(QUOTES + (last << 3)) | ((<u64>1) << (length & 63)));
  joinWords(blocks);
  return found;
}

/** Takes the escaped characters out of the masks: an escaped quote ends no text, and the `n` of `\n` is no letter. */
function takeOutEscaped(line: usize, blocks: u32): u32 {
  const EVEN: u64 = 0x5555555555555555;
  let found: u32 = 0;
  let carry: u64 = 0;
  for (let i: u32 = 0; i < blocks; i++) {
    const slot = i << 3;
    const slashes = load<u64>(BACKSLASHES + slot) & ~carry;
    const follows = (slashes << 1) | carry;
    const oddStarts = slashes & ~EVEN & ~follows;
    const sequences = oddStarts + slashes;
    carry = sequences < slashes ? 1 : 0;
    let escaped = (EVEN ^ (sequences << 1)) & follows;
    store<u64>(QUOTES + slot, load<u64>(QUOTES + slot) & ~escaped);
    store<u64>(LETTERS + slot, load<u64>(LETTERS + slot) & ~escaped);
    store<u64>(DIGITS + slot, load<u64>(DIGITS + slot) & ~escaped);
    store<u64>(WORDS + slot, load<u64>(WORDS + slot) & ~escaped);
    while (escaped !== 0) {
      found |= findingOf(line + (i << 6) + <u32>ctz(escaped));
      escaped &= escaped - 1;
    }
  }
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

/** Adds letters, digits and joiners between two of one kind to the words. */
function joinWords(blocks: u32): void {
  store<u64>(LETTERS + (blocks << 3), 0);
  store<u64>(DIGITS + (blocks << 3), 0);
  store<u64>(WORDS + (blocks << 3), 0);
  let letterBefore: u64 = 0;
  let digitBefore: u64 = 0;
  for (let i: u32 = 0; i < blocks; i++) {
    const slot = i << 3;
    const letter = load<u64>(LETTERS + slot);
    const digit = load<u64>(DIGITS + slot);
    const letterNext = load<u64>(LETTERS + slot + 8);
    const digitNext = load<u64>(DIGITS + slot + 8);
    const joined =
      (load<u64>(LETTER_JOINERS + slot) &
        ((letter << 1) | letterBefore) &
        ((letter >> 1) | (letterNext << 63))) |
      (load<u64>(DIGIT_JOINERS + slot) & ((digit << 1) | digitBefore) & ((digit >> 1) | (digitNext << 63)));
    store<u64>(WORDS + slot, load<u64>(WORDS + slot) | letter | digit | joined);
    letterBefore = letter >> 63;
    digitBefore = digit >> 63;
  }
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
