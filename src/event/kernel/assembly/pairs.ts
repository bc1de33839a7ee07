/** Pairs of tokens that follow each other in some phrase, as atoms of their own: the table of src/match/hits/pairs.ts. */
import { take } from './layout';

/** A pair: first token plus 1 (0: free), second token, atom. */
const PAIR: u32 = 12;
/** For each token if it is the first (1) and if it is the second (2) of a pair: most are neither. */
const PLACES: usize = memory.data(1_048_576, 64);
const FIRST: u8 = 1;
const SECOND: u8 = 2;

let table: usize = 0;
let slots: u32 = 0;
let used: u32 = 0;

export function addPair(first: u32, second: u32, atom: u32): void {
  if (used * 2 >= slots) grow();
  put(first, second, atom);
  used += 1;
  store<u8>(PLACES + first, load<u8>(PLACES + first) | FIRST);
  store<u8>(PLACES + second, load<u8>(PLACES + second) | SECOND);
}

/** Returns the atom of a pair plus 1; 0 if the tokens are none. */
export function findPair(first: u32, second: u32): u32 {
  if ((load<u8>(PLACES + first) & FIRST) === 0 || (load<u8>(PLACES + second) & SECOND) === 0) return 0;
  const place = placeOf(first, second);
  return load<u32>(place) === 0 ? 0 : load<u32>(place, 8) + 1;
}

/** Returns the place of a pair, or the free one where it would stand. */
function placeOf(first: u32, second: u32): usize {
  let slot = (((first * 0x9e3779b1) ^ (second * 0x85ebca6b)) >> 8) & (slots - 1);
  while (true) {
    const place = table + slot * PAIR;
    const known = load<u32>(place);
    if (known === 0 || (known === first + 1 && load<u32>(place, 4) === second)) return place;
    slot = (slot + 1) & (slots - 1);
  }
}

function put(first: u32, second: u32, atom: u32): void {
  const place = placeOf(first, second);
  store<u32>(place, first + 1);
  store<u32>(place, second, 4);
  store<u32>(place, atom, 8);
}

function grow(): void {
  const before = table;
  const end = table + slots * PAIR;
  slots = slots === 0 ? 256 : slots * 2;
  table = take(slots * PAIR);
  for (let place = before; place < end; place += PAIR)
    if (load<u32>(place) !== 0) put(load<u32>(place) - 1, load<u32>(place, 4), load<u32>(place, 8));
}
