/**
 * Guesses of keys: the lines of a log nearly always have their keys in one order, so each key is first compared with the one that stood in
 * its place in a line before. A wrong guess decides nothing: the key is then found by paths.ts.
 */

/** A guess: key, with `":` behind it (16 bytes); node; node behind the key; length with `":`; the guess of the key that follows. */
const GUESS: u32 = 32;
const GUESSES_MAX: u32 = 1_024;
const GUESSES: usize = memory.data(1_024 * 32, 64);
const GUESS_BYTES: u32 = 16;
const QUOTE_AND_COLON: u16 = 0x3a22;
/** For each node the guess of its first key. The guess at place 0 is none: no object has node 0 there. */
const FIRST_GUESSES: usize = memory.data(4_096 * 4, 8);
/** Where no guess is kept. */
const NOWHERE: usize = memory.data(4, 4);
/** For each length the bytes of a guess that count. */
const COUNTING: usize = memory.data(17 * 16, 16);

export function prepareGuesses(): void {
  for (let length: u32 = 0; length <= GUESS_BYTES; length++)
    memory.fill(COUNTING + length * GUESS_BYTES, 0xff, length);
}

/** Call it when a key may lead to another node than before. */
export function forgetGuesses(): void {
  memory.fill(GUESSES, 0, GUESSES_MAX * GUESS);
  memory.fill(FIRST_GUESSES, 0, 4_096 * 4);
}

/** Returns the place of the guess of an object's first key. */
export function firstGuess(node: u32): usize {
  return FIRST_GUESSES + (node << 2);
}

/** Returns the guess that stands at `place`, if `key` is its key, else 0. */
export function guessed(place: usize, node: u32, key: usize): usize {
  const guess = <usize>load<u32>(place);
  if (load<u32>(guess, 16) !== node) return 0;
  const different = v128.xor(v128.load(key), v128.load(guess));
  const counting = v128.load(COUNTING + load<u32>(guess, 24) * GUESS_BYTES);
  return v128.any_true(v128.and(different, counting)) ? 0 : guess;
}

export function nodeBehind(guess: usize): u32 {
  return load<u32>(guess, 20);
}

/** Returns the length of the guessed key with quote and colon. */
export function lengthOf(guess: usize): u32 {
  return load<u32>(guess, 24);
}

/** Returns the place of the guess of the key that follows. */
export function nextGuess(guess: usize): usize {
  return guess + 28;
}

/** Lets `place` have this key as its guess; returns the place of the guess of the key that follows. */
export function guessNext(place: usize, node: u32, key: usize, length: u32, child: u32): usize {
  const all = length + 2;
  if (all > GUESS_BYTES) return NOWHERE;
  const text = v128.and(v128.load(key), v128.load(COUNTING + length * GUESS_BYTES));
  const mixed =
    (i64x2.extract_lane(text, 0) * 0x9e3779b97f4a7c15) ^ (i64x2.extract_lane(text, 1) * 0xc2b2ae3d27d4eb4f);
  const slot = (<u32>(mixed >> 40) + node * 0x9e3779b1) & (GUESSES_MAX - 1);
  const guess = GUESSES + slot * GUESS;
  store<u32>(place, <u32>guess);
  if (guessed(place, node, key) !== 0 && load<u32>(guess, 24) === all) return guess + 28;
  v128.store(guess, text);
  store<u16>(guess + length, QUOTE_AND_COLON);
  store<u32>(guess, node, 16);
  store<u32>(guess, child, 20);
  store<u32>(guess, all, 24);
  store<u32>(guess, 0, 28);
  return guess + 28;
}
