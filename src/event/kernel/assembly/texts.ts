/**
 * The texts that rules ask for, as an open table of hashes. A text of at most 16 bytes is held in its entry, a longer one stands in memory,
 * so a text that is found is always the very text. A bitmap in front of the table answers for nearly all words that no rule has.
 */
import { SCRATCH, take } from './layout';

/** The kinds of texts. The same bytes of two kinds are two texts. */
export const TOKEN: u64 = 0x5bd1e995;
export const WIDE_TOKEN: u64 = 0x1b873593;
export const WHOLE: u64 = 0xcc9e2d51;

/** Turns capital letters of ASCII into small ones. Other bytes that tokens hold stay different from each other. */
export const FOLD: u64 = 0x2020202020202020;

export const MIX_A: u64 = 0x9e3779b97f4a7c15;
export const MIX_B: u64 = 0xc2b2ae3d27d4eb4f;

/** An entry: hash, first and second 8 bytes of the text (or mix and place), number of the atom, length. */
const ENTRY: u32 = 32;
const FILTER_BYTES: i32 = 32_768;
export const FILTER: usize = memory.data(FILTER_BYTES, 64);
/** Masks for the first and the second 8 bytes of texts of 0 to 16 bytes. */
export const LOW: usize = memory.data(17 * 8, 64);
export const HIGH: usize = memory.data(17 * 8, 64);

let table: usize = 0;
let slots: u32 = 0;
let used: u32 = 0;

/** The parts of the last long text that was mixed. */
let mixedA: u64 = 0;
let mixedB: u64 = 0;

export function prepareTexts(): void {
  for (let i: u32 = 0; i <= 16; i++) {
    store<u64>(LOW + (i << 3), i >= 8 ? ~0 : ((<u64>1) << (i << 3)) - 1);
    store<u64>(HIGH + (i << 3), i <= 8 ? 0 : i === 16 ? ~0 : ((<u64>1) << ((i - 8) << 3)) - 1);
  }
  slots = 1024;
  table = take(slots * ENTRY);
}

/** Returns the hash of a text by its parts, never 0. */
function hashOf(a: u64, b: u64, length: u32, kind: u64): u64 {
  let hash = (a ^ kind) * MIX_A;
  hash ^= (b ^ (<u64>length)) * MIX_B;
  return (hash ^ (hash >> 32)) | 1;
}

/** The first and the second 8 bytes of a text of at most 16 bytes, and zeros behind it. */
function firstOf(text: usize, length: u32, fold: u64): u64 {
  return (load<u64>(text) | fold) & load<u64>(LOW + (length << 3));
}
function secondOf(text: usize, length: u32, fold: u64): u64 {
  return (load<u64>(text, 8) | fold) & load<u64>(HIGH + (length << 3));
}

function mixLong(text: usize, length: u32, fold: u64): void {
  let a: u64 = 0;
  let b: u64 = 0;
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    a = (a ^ (load<u64>(text + i) | fold)) * MIX_B;
    a ^= a >> 31;
    b = (b + (load<u64>(text + i, 8) | fold)) * MIX_A;
    b ^= b >> 33;
  }
  mixedA = (a ^ firstOf(text + i, length - i, fold)) * MIX_A;
  mixedB = b ^ secondOf(text + i, length - i, fold);
}

/** Returns the number of the text's atom plus 1; 0 if no rule asks for the text. `fold` is `FOLD` for a token of ASCII, else 0. */
export function find(text: usize, length: u32, fold: u64, kind: u64): u32 {
  if (length > 16) return findLong(text, length, fold, kind);
  // Written out, since it is done for every word: (a, b) as `firstOf` and `secondOf`, and their hash.
  const a = (load<u64>(text) | fold) & load<u64>(LOW + (length << 3));
  const b = (load<u64>(text, 8) | fold) & load<u64>(HIGH + (length << 3));
  let hash = ((a ^ kind) * MIX_A) ^ ((b ^ (<u64>length)) * MIX_B);
  hash = (hash ^ (hash >> 32)) | 1;
  const bit = <u32>(hash >> 46);
  if (((load<u32>(FILTER + ((bit >> 5) << 2)) >> (bit & 31)) & 1) === 0) return 0;
  return findEntry(hash, a, b, text, length, fold);
}

function findLong(text: usize, length: u32, fold: u64, kind: u64): u32 {
  mixLong(text, length, fold);
  const hash = hashOf(mixedA, mixedB, length, kind);
  return findEntry(hash, mixedA, mixedB, text, length, fold);
}

export function findEntry(hash: u64, a: u64, b: u64, text: usize, length: u32, fold: u64): u32 {
  let slot = (<u32>hash) & (slots - 1);
  while (true) {
    const entry = table + slot * ENTRY;
    const known = load<u64>(entry);
    if (known === 0) return 0;
    if (known === hash && load<u64>(entry, 8) === a && load<u32>(entry, 28) === length) {
      const second = load<u64>(entry, 16);
      if (length <= 16 ? second === b : isSame(<usize>second, text, length, fold))
        return load<u32>(entry, 24) + 1;
    }
    slot = (slot + 1) & (slots - 1);
  }
}

function isSame(known: usize, text: usize, length: u32, fold: u64): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(known + i) !== (load<u8>(text + i) | (<u8>fold))) return false;
  }
  return true;
}

/** Adds the text of `length` bytes at the start of `SCRATCH` as the atom of a number. A text that is known keeps its atom, which is returned. */
export function add(length: u32, fold: u64, kind: u64, atom: u32): u32 {
  const known = find(SCRATCH, length, fold, kind);
  if (known !== 0) return known - 1;
  if (used * 2 >= slots) grow();
  let first: u64 = 0;
  let second: u64 = 0;
  let hash: u64 = 0;
  if (length <= 16) {
    first = firstOf(SCRATCH, length, fold);
    second = secondOf(SCRATCH, length, fold);
    hash = hashOf(first, second, length, kind);
  } else {
    mixLong(SCRATCH, length, fold);
    first = mixedA;
    hash = hashOf(mixedA, mixedB, length, kind);
    second = <u64>copyOf(length, fold);
  }
  const bit = <u32>(hash >> 46);
  const word = FILTER + ((bit >> 5) << 2);
  store<u32>(word, load<u32>(word) | (1 << (bit & 31)));
  const entry = table + freeSlot(hash) * ENTRY;
  store<u64>(entry, hash);
  store<u64>(entry, first, 8);
  store<u64>(entry, second, 16);
  store<u32>(entry, atom, 24);
  store<u32>(entry, length, 28);
  used += 1;
  return atom;
}

function copyOf(length: u32, fold: u64): usize {
  const copy = take(length);
  for (let i: u32 = 0; i < length; i++) store<u8>(copy + i, load<u8>(SCRATCH + i) | (<u8>fold));
  return copy;
}

function freeSlot(hash: u64): u32 {
  let slot = (<u32>hash) & (slots - 1);
  while (load<u64>(table + slot * ENTRY) !== 0) slot = (slot + 1) & (slots - 1);
  return slot;
}

function grow(): void {
  const before = table;
  const count = slots;
  slots *= 2;
  table = take(slots * ENTRY);
  for (let i: u32 = 0; i < count; i++) {
    const entry = before + i * ENTRY;
    const hash = load<u64>(entry);
    if (hash !== 0) memory.copy(table + freeSlot(hash) * ENTRY, entry, ENTRY);
  }
}
