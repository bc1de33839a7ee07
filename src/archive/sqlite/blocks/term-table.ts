/**
 * The terms of a block while it is written: each text once, by a number. A term is two bytes that say whose text it is, and the text as
 * UTF-8. Texts come as bytes of lines, so that no string is made of them.
 */
import { randomBytes } from 'node:crypto';

/** For each byte of a text the byte of its term. */
export type ByteMap = Uint8Array;

export const sameBytes: ByteMap = byteMap((char) => char);
export const lowerBytes: ByteMap = byteMap((char) => char.toLowerCase());
export const upperBytes: ByteMap = byteMap((char) => char.toUpperCase());

/** Bytes beyond ASCII stay as they are. */
function byteMap(change: (char: string) => string): ByteMap {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    byte >= 0x80 ? byte : change(String.fromCharCode(byte)).charCodeAt(0),
  );
}

/** Bytes of a term before its text. */
export const OWNER_BYTES = 2;
const TERMS_AT_FIRST = 1 << 12;
const TEXT_AT_FIRST = 1 << 16;
const PRIME = 0x01000193;

/**
 * Hashing begins with a number of this process, so that nobody can write lines whose terms all have one hash.
 * No result depends on it.
 */
const SEED = randomBytes(4).readInt32LE();

export class TermTable {
  /** Two numbers a place, which lie side by side: the hash of a term, and the term plus 1; 0 where there is none. */
  #places = new Uint32Array(4 * TERMS_AT_FIRST);
  /** Term `i` is `text[starts[i], starts[i + 1])`. */
  #starts = new Uint32Array(TERMS_AT_FIRST + 1);
  #text = new Uint8Array(TEXT_AT_FIRST);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Term `i` is `text[starts[i], starts[i + 1])`. Both are void after the next call of `number`. */
  get text(): Uint8Array {
    return this.#text;
  }

  get starts(): Uint32Array {
    return this.#starts;
  }

  clear(): void {
    if (this.#count > 0) this.#places.fill(0);
    this.#count = 0;
  }

  /**
   * Returns the number of the term of the bytes [from, to), a new one if need be. `owner`: below 65,536. `hash`: that of the bytes by
   * `hashOfOwner` and `hashWith`.
   */
  number(hash: number, owner: number, bytes: Uint8Array, from: number, to: number, map: ByteMap): number {
    const spread = spreadOf(hash);
    const places = this.#places;
    const mask = places.length - 1;
    for (let place = (2 * spread) & mask; ; place = (place + 2) & mask) {
      const term = places[place + 1]! - 1;
      if (term < 0) return this.#add(place, spread, owner, bytes, from, to, map);
      if (places[place] === spread && this.#is(term, owner, bytes, from, to, map)) return term;
    }
  }

  #is(term: number, owner: number, bytes: Uint8Array, from: number, to: number, map: ByteMap): boolean {
    const text = this.#text;
    let at = this.#starts[term]!;
    if (this.#starts[term + 1]! - at !== OWNER_BYTES + to - from) return false;
    if (text[at] !== owner >>> 8 || text[at + 1] !== (owner & 0xff)) return false;
    at += OWNER_BYTES;
    for (let i = from; i < to; i += 1, at += 1) if (text[at] !== map[bytes[i]!]) return false;
    return true;
  }

  #add(
    place: number,
    spread: number,
    owner: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    map: ByteMap,
  ): number {
    const term = this.#count;
    let at = term === 0 ? 0 : this.#starts[term]!;
    const end = at + OWNER_BYTES + to - from;
    if (end > this.#text.length) this.#growText(end);
    const text = this.#text;
    this.#starts[term] = at;
    text[at++] = owner >>> 8;
    text[at++] = owner & 0xff;
    for (let i = from; i < to; i += 1) text[at++] = map[bytes[i]!]!;
    this.#starts[term + 1] = at;
    this.#places[place] = spread;
    this.#places[place + 1] = term + 1;
    this.#count = term + 1;
    if (this.#count === this.#starts.length - 1) this.#growTerms();
    return term;
  }

  #growText(needed: number): void {
    const larger = new Uint8Array(2 * needed);
    larger.set(this.#text);
    this.#text = larger;
  }

  #growTerms(): void {
    const starts = new Uint32Array(2 * this.#count + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    const before = this.#places;
    const places = new Uint32Array(2 * before.length);
    const mask = places.length - 1;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i + 1] === 0) continue;
      let place = (2 * before[i]!) & mask;
      while (places[place + 1] !== 0) place = (place + 2) & mask;
      places[place] = before[i]!;
      places[place + 1] = before[i + 1]!;
    }
    this.#places = places;
  }
}

/** Begins the hash of a term: FNV-1a, byte by byte. */
export function hashOfOwner(owner: number): number {
  return Math.imul(SEED ^ owner, PRIME);
}

/** Adds a byte, as the term has it. */
export function hashWith(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, PRIME);
}

/** Returns the hash of the bytes [from, to). */
export function hashOf(owner: number, bytes: Uint8Array, from: number, to: number, map: ByteMap): number {
  let hash = hashOfOwner(owner);
  for (let i = from; i < to; i += 1) hash = hashWith(hash, map[bytes[i]!]!);
  return hash;
}

/** Spreads a hash over all of its bits. */
function spreadOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
