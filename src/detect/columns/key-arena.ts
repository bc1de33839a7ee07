/**
 * The keys of groups as UTF-8 bytes in one arena. Each key stands there once and is found by its address. A key to look for is encoded
 * first; it is then "in hand". All arenas share one hand, and its key is used at once.
 */
import { noWords, withRoom } from './columns.ts';

/** The key in hand, as it stands in an arena, without its length. */
let hand = Buffer.alloc(256);
let handBytes = 0;
let handKey = '';
let handHash: number | undefined;

/** Takes a key in hand. A key is mostly looked for, then added: it is encoded once. */
export function takeKey(key: string): void {
  if (key === handKey) return;
  handKey = key;
  handHash = undefined;
  if (key.length * 3 > hand.length) hand = Buffer.alloc(key.length * 3);
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code > 0x7f) {
      handBytes = hand.write(key);
      return;
    }
    hand[i] = code;
  }
  handBytes = key.length;
}

/** Returns the hash of the key in hand. `KeyArena.hash` gives the same for that key in an arena. */
export function hashInHand(): number {
  return (handHash ??= hash(hand, 0, handBytes));
}

/** FNV-1a, then the finaliser of MurmurHash3. */
function hash(of: Uint8Array, from: number, to: number): number {
  let mixed = 0x811c9dc5;
  for (let i = from; i < to; i++) mixed = Math.imul(mixed ^ of[i]!, 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const UNIT_BYTES = 4;
/** A length below this takes one byte. A longer one is this byte and then four bytes. */
const LONG_KEY = 255;

const headBytes = (length: number): number => (length < LONG_KEY ? 1 : 5);
const unitsOf = (length: number): number => Math.ceil((headBytes(length) + length) / UNIT_BYTES);

/** Keeps keys at addresses, which count units of four bytes. Address 0 means none. */
export class KeyArena {
  #arena = noWords;
  #bytes = Buffer.from(noWords.buffer);
  /** Begins at 1, because address 0 means none. */
  #usedUnits = 1;
  /** Freed runs of units, chained by size. */
  readonly #freed = new Map<number, number>();

  /** Keeps the key in hand; returns its address. */
  keep(): number {
    const address = this.#allocate(unitsOf(handBytes));
    const head = address * UNIT_BYTES;
    if (handBytes < LONG_KEY) this.#bytes[head] = handBytes;
    else {
      this.#bytes[head] = LONG_KEY;
      this.#bytes.writeUInt32LE(handBytes, head + 1);
    }
    hand.copy(this.#bytes, head + headBytes(handBytes), 0, handBytes);
    return address;
  }

  free(address: number): void {
    const units = unitsOf(this.#lengthAt(address));
    this.#arena[address] = this.#freed.get(units) ?? 0;
    this.#freed.set(units, address);
  }

  /** Returns true if the key in hand stands at this address. */
  isInHand(address: number): boolean {
    const length = this.#lengthAt(address);
    if (length !== handBytes) return false;
    const from = address * UNIT_BYTES + headBytes(length);
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== hand[i]) return false;
    return true;
  }

  hash(address: number): number {
    const length = this.#lengthAt(address);
    const from = address * UNIT_BYTES + headBytes(length);
    return hash(this.#bytes, from, from + length);
  }

  text(address: number): string {
    const length = this.#lengthAt(address);
    const from = address * UNIT_BYTES + headBytes(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  get bytes(): number {
    return this.#arena.byteLength;
  }

  #lengthAt(address: number): number {
    const short = this.#bytes[address * UNIT_BYTES]!;
    return short === LONG_KEY ? this.#bytes.readUInt32LE(address * UNIT_BYTES + 1) : short;
  }

  #allocate(units: number): number {
    const free = this.#freed.get(units) ?? 0;
    if (free !== 0) {
      this.#freed.set(units, this.#arena[free]!);
      return free;
    }
    const address = this.#usedUnits;
    this.#usedUnits += units;
    const grown = withRoom(this.#arena, this.#usedUnits);
    if (grown !== this.#arena) this.#bytes = Buffer.from(grown.buffer);
    this.#arena = grown;
    return address;
  }
}
