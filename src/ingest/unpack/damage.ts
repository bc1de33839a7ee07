/** The error for compressed bytes that cannot be unpacked. */

/** `message` says why, in words that go on a sentence: `its bytes end too early`. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

export const TOO_SHORT = 'it ends too early';
