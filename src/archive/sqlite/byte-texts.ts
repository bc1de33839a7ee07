/** Questions about texts that are given as bytes, answered without a string. */

/** Returns true if there are ASCII characters only. */
export function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (bytes[i]! >= 0x80) return false;
  return true;
}

const ZERO = 0x30;
const POINT = 0x2e;
/** A number of so many digits, and a power of ten below it, is exact as a double; so their quotient is rounded once, as it should be. */
const EXACT_DIGITS = 15;

/** Returns the number that is written as digits with at most one point between them; undefined for any other. */
export function plainNumber(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to - from > EXACT_DIGITS || to === from) return undefined;
  let digits = 0;
  let scale = 0;
  for (let i = from; i < to; i += 1) {
    const digit = bytes[i]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits = 10 * digits + digit;
      scale *= 10;
    } else if (bytes[i] === POINT && scale === 0 && i > from && i < to - 1) scale = 1;
    else return undefined;
  }
  return scale > 0 ? digits / scale : digits;
}
