/** Hits: the texts of rules that a line has, with the field in which they stand and their place in it. */

/** Greatest number of hits of one call. */
const HITS_MAX: u32 = 524_288;
/** A hit: the number of the atom; the lane of the field in the top 5 bits, and below them the position of a token. */
export const HIT: u32 = 8;
export const HITS: usize = memory.data(524_288 * 8, 64);
export const LANE_SHIFT: u32 = 27;

/** 1 for each atom that is an anchor of a rule. */
export const ANCHORS: usize = memory.data(1_048_576, 64);

export let hitCount: u32 = 0;
/** A hit of this line is an anchor. */
export let hasAnchor: bool = false;
/** A hit of this line found no room. */
export let isFull: bool = false;

let position: u32 = 0;

export function goBackToHit(count: u32): void {
  hitCount = count;
}

export function beginLine(): void {
  hasAnchor = false;
  isFull = false;
  position = 0;
}

/** Returns the place of the next token. */
export function nextPosition(): u32 {
  position += 1;
  return position;
}

/** Leaves out a place, so that no phrase goes from one value to the next. */
export function leaveGap(): void {
  position += 2;
}

export function hit(atom: u32, lane: u32, at: u32): void {
  if (hitCount === HITS_MAX) {
    isFull = true;
    return;
  }
  const place = HITS + hitCount * HIT;
  store<u32>(place, atom);
  store<u32>(place, (lane << LANE_SHIFT) | at, 4);
  hitCount += 1;
  if (load<u8>(ANCHORS + atom) !== 0) hasAnchor = true;
}
