/** Looks up the tokens of values that are ASCII, by the masks of the line. Both functions return false for a token of more than 255 bytes. */
import { EDGES, WORDS } from './masks';
import { FILTER, FOLD, HIGH, LOW, MIX_A, MIX_B, TOKEN, find, findEntry } from './texts';
import { hit, nextPosition } from './hits';

const TOKEN_MAX: u32 = 255;
const UNDERSCORE: u8 = 0x5f;

/** Looks up the tokens of a text, between quotes: the range [from, to) of the line. So no word goes beyond it. */
export function lookUpTokensOfText(line: usize, from: u32, to: u32, lane: u32): bool {
  let block = from >> 6;
  const last = to >> 6;
  let edges = load<u64>(EDGES + (block << 3)) & (~(<u64>0) << (from & 63));
  while (true) {
    while (edges === 0) {
      if (block === last) return true;
      block += 1;
      edges = load<u64>(EDGES + (block << 3));
    }
    const start = (block << 6) + <u32>ctz(edges);
    if (start >= to) return true;
    edges &= edges - 1;
    while (edges === 0) {
      block += 1;
      edges = load<u64>(EDGES + (block << 3));
    }
    const length = (block << 6) + <u32>ctz(edges) - start;
    edges &= edges - 1;
    const token = line + start;
    if (length > 16) {
      if (length > TOKEN_MAX) return false;
      lookUp(token, length, lane);
      continue;
    }
    // Written out, since it is done for nearly every word: as `find`.
    const a = (load<u64>(token) | FOLD) & load<u64>(LOW + (length << 3));
    const b = (load<u64>(token, 8) | FOLD) & load<u64>(HIGH + (length << 3));
    let hash = ((a ^ TOKEN) * MIX_A) ^ ((b ^ (<u64>length)) * MIX_B);
    hash = (hash ^ (hash >> 32)) | 1;
    if (load<u8>(token) === UNDERSCORE && isUnderscores(token, length)) continue;
    const position = nextPosition();
    const bit = <u32>(hash >> 46);
    if (((load<u32>(FILTER + ((bit >> 5) << 2)) >> (bit & 31)) & 1) === 0) continue;
    const atom = findEntry(hash, a, b, token, length, FOLD);
    if (atom !== 0) hit(atom - 1, lane, position);
  }
}

/** Looks up the tokens of any value: words may go on beside it, as those of two numbers with nothing but a comma between them. */
export function lookUpTokens(line: usize, from: u32, to: u32, lane: u32): bool {
  let at = from;
  while (at < to) {
    let bits = load<u64>(WORDS + ((at >> 6) << 3)) >> (at & 63);
    if (bits === 0) {
      at = (at | 63) + 1;
      continue;
    }
    at += <u32>ctz(bits);
    if (at >= to) break;
    let stop = at;
    bits = ~load<u64>(WORDS + ((stop >> 6) << 3)) >> (stop & 63);
    while (bits === 0) {
      stop = (stop | 63) + 1;
      bits = ~load<u64>(WORDS + ((stop >> 6) << 3));
    }
    stop += <u32>ctz(bits);
    if (stop > to) stop = to;
    const length = stop - at;
    if (length > TOKEN_MAX) return false;
    lookUp(line + at, length, lane);
    at = stop + 1;
  }
  return true;
}

function lookUp(token: usize, length: u32, lane: u32): void {
  if (load<u8>(token) === UNDERSCORE && isUnderscores(token, length)) return;
  const atom = find(token, length, FOLD, TOKEN);
  const position = nextPosition();
  if (atom !== 0) hit(atom - 1, lane, position);
}

/** A run of nothing but underscores is no token. */
function isUnderscores(token: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(token + i) !== UNDERSCORE) return false;
  return true;
}
