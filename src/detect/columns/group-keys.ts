/**
 * The keys of the live groups as UTF-8 bytes in one arena, and where each group is: an open-addressing table with linear probing
 * and backward-shift deletion (Knuth, TAOCP 3, 6.4, algorithm R). A key stands in memory once.
 */
import { noInts, noWords, withRoom } from './columns.ts';

export interface GroupKeys {
  /** Slot of the key, −1 where there is none. */
  find(key: string): number;
  /** The key must not be there yet. */
  add(key: string, slot: number): void;
  remove(slot: number): void;
  /** So many keys will come: the table is made large enough at once. */
  reserve(keys: number): void;
  key(slot: number): string;
  readonly bytes: number;
}

const unitBytes = 4;
/** A length of a byte, or this and a length of four. */
const longKey = 255;

/** The key in hand, as it stands in the arena, without its length. Of all tables: it is used up at once. */
let scratch = Buffer.alloc(256);
let scratchBytes = 0;

export function createGroupKeys(): GroupKeys {
  /** In units of four bytes; freed runs are chained by size. The first unit is never used. */
  let arena = noWords;
  let bytes = Buffer.from(arena.buffer);
  let usedUnits = 1;
  const freed = new Map<number, number>();
  /** Where in the arena the key of a slot begins, in units; 0: it has none. */
  let addresses = noWords;
  /** Slot plus one; 0: empty. A power of two long. */
  let table = noInts;
  let count = 0;

  function encode(key: string): void {
    if (key.length * 3 > scratch.length) scratch = Buffer.alloc(key.length * 3);
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      if (code > 0x7f) {
        scratchBytes = scratch.write(key);
        return;
      }
      scratch[i] = code;
    }
    scratchBytes = key.length;
  }

  /** MurmurHash3's finaliser over FNV-1a. */
  function hash(of: Uint8Array, from: number, to: number): number {
    let mixed = 0x811c9dc5;
    for (let i = from; i < to; i++) mixed = Math.imul(mixed ^ of[i]!, 0x01000193);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  }

  function lengthAt(address: number): number {
    const short = bytes[address * unitBytes]!;
    return short === longKey ? bytes.readUInt32LE(address * unitBytes + 1) : short;
  }
  const headBytes = (length: number): number => (length < longKey ? 1 : 5);
  const unitsOf = (length: number): number => Math.ceil((headBytes(length) + length) / unitBytes);
  const hashOf = (slot: number): number => {
    const length = lengthAt(addresses[slot]!);
    const from = addresses[slot]! * unitBytes + headBytes(length);
    return hash(bytes, from, from + length);
  };

  function isScratch(slot: number): boolean {
    const length = lengthAt(addresses[slot]!);
    if (length !== scratchBytes) return false;
    const from = addresses[slot]! * unitBytes + headBytes(length);
    for (let i = 0; i < length; i++) if (bytes[from + i] !== scratch[i]) return false;
    return true;
  }

  function allocate(units: number): number {
    const free = freed.get(units) ?? 0;
    if (free !== 0) {
      freed.set(units, arena[free]!);
      return free;
    }
    const address = usedUnits;
    usedUnits += units;
    const grown = withRoom(arena, usedUnits);
    if (grown !== arena) bytes = Buffer.from(grown.buffer);
    arena = grown;
    return address;
  }

  /** Where the key is in the table, or where it would go. */
  function placeOfScratch(): number {
    const last = table.length - 1;
    let place = hash(scratch, 0, scratchBytes) & last;
    while (table[place] !== 0 && !isScratch(table[place]! - 1)) place = (place + 1) & last;
    return place;
  }

  /** Slot by slot: keys lie in the arena about in that order, and are read much faster so. */
  function enlarge(length: number): void {
    table = new Int32Array(length);
    for (let slot = 0; slot < addresses.length; slot++) {
      if (addresses[slot] === 0) continue;
      let place = hashOf(slot) & (length - 1);
      while (table[place] !== 0) place = (place + 1) & (length - 1);
      table[place] = slot + 1;
    }
  }

  function closeGap(from: number): void {
    const last = table.length - 1;
    let gap = from;
    for (let place = (gap + 1) & last; table[place] !== 0; place = (place + 1) & last) {
      const home = hashOf(table[place]! - 1) & last;
      // It may move to the gap unless its home lies behind it.
      if (((place - home) & last) < ((place - gap) & last)) continue;
      table[gap] = table[place]!;
      gap = place;
    }
    table[gap] = 0;
  }

  return {
    find(key) {
      if (count === 0) return -1;
      encode(key);
      return table[placeOfScratch()]! - 1;
    },
    add(key, slot) {
      if ((count + 1) * 4 > table.length * 3) enlarge(Math.max(16, table.length * 2));
      encode(key);
      const place = placeOfScratch();
      const address = allocate(unitsOf(scratchBytes));
      const head = address * unitBytes;
      if (scratchBytes < longKey) bytes[head] = scratchBytes;
      else {
        bytes[head] = longKey;
        bytes.writeUInt32LE(scratchBytes, head + 1);
      }
      scratch.copy(bytes, head + headBytes(scratchBytes), 0, scratchBytes);
      addresses = withRoom(addresses, slot + 1);
      addresses[slot] = address;
      table[place] = slot + 1;
      count++;
    },
    remove(slot) {
      const last = table.length - 1;
      let place = hashOf(slot) & last;
      while (table[place] !== slot + 1) place = (place + 1) & last;
      closeGap(place);
      count--;
      const address = addresses[slot]!;
      const units = unitsOf(lengthAt(address));
      arena[address] = freed.get(units) ?? 0;
      freed.set(units, address);
      addresses[slot] = 0;
    },
    reserve(keys) {
      let length = Math.max(16, table.length);
      while (keys * 4 > length * 3) length *= 2;
      if (length > table.length) enlarge(length);
    },
    key(slot) {
      const length = lengthAt(addresses[slot]!);
      const from = addresses[slot]! * unitBytes + headBytes(length);
      return bytes.toString('utf8', from, from + length);
    },
    get bytes() {
      return arena.byteLength + addresses.byteLength + table.byteLength;
    },
  };
}
