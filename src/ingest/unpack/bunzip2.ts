/**
 * Unpacks bzip2, block by block. It holds one block (900,000 numbers) and one piece of text, however much the block unpacks to. The format
 * is that of bzip2 1.0 (Julian Seward, sourceware.org/bzip2); blocks that bzip2 0.9 scrambled are refused.
 */
import { Damage, TOO_SHORT } from './damage.ts';

/** Returns the next compressed bytes; undefined at their end. */
export type PullBytes = () => Uint8Array | undefined;

const BLOCK_MARK = [0x314159, 0x265359] as const;
const END_MARK = [0x177245, 0x385090] as const;
const LEVEL_BYTES = 100_000;
/** A table of codes is chosen anew after so many symbols. */
const GROUP_SYMBOLS = 50;
const CODE_MAX_BITS = 20;
const PIECE_BYTES = 256 * 1024;
/** A run of four equal bytes is followed by the number of those that come after it. */
const RUN_BYTES = 4;

/** Yields the text in pieces, each in a buffer of its own. Throws Damage. */
export function* bunzip2(pull: PullBytes): Generator<Uint8Array<ArrayBuffer>> {
  const bits = new Bits(pull);
  do {
    const level = headerOf(bits);
    const order = new Uint32Array(level * LEVEL_BYTES);
    let streamSum = 0;
    while (isBlock(bits)) {
      const expected = readSum(bits);
      const block = readBlock(bits, order);
      if ((yield* textOf(order, block)) !== expected) throw new Damage('a checksum is wrong');
      streamSum = ((streamSum << 1) | (streamSum >>> 31)) ^ expected;
    }
    if (readSum(bits) !== streamSum) throw new Damage('a checksum is wrong');
    bits.align();
  } while (!bits.atEnd());
}

/** Reads bits, the highest of each byte first. */
class Bits {
  readonly #pull: PullBytes;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #held = 0;
  #heldBits = 0;

  constructor(pull: PullBytes) {
    this.#pull = pull;
  }

  /** Returns the next `count` bits, at most 24, as a number. Throws Damage at the end. */
  read(count: number): number {
    while (this.#heldBits < count) {
      if (!this.#fill()) throw new Damage(TOO_SHORT);
      this.#held = (this.#held << 8) | this.#bytes[this.#at++]!;
      this.#heldBits += 8;
    }
    this.#heldBits -= count;
    return (this.#held >>> this.#heldBits) & ((1 << count) - 1);
  }

  /** Passes over the rest of a byte that was begun. */
  align(): void {
    this.#heldBits -= this.#heldBits % 8;
  }

  atEnd(): boolean {
    return this.#heldBits === 0 && !this.#fill();
  }

  #fill(): boolean {
    while (this.#at === this.#bytes.length) {
      const bytes = this.#pull();
      if (bytes === undefined) return false;
      this.#bytes = bytes;
      this.#at = 0;
    }
    return true;
  }
}

/** Reads `BZh` and a digit. Returns the digit: the size of a block in units of LEVEL_BYTES. */
function headerOf(bits: Bits): number {
  const mark = bits.read(24);
  const level = bits.read(8) - 0x30;
  if (mark !== 0x425a68 || level < 1 || level > 9) throw new Damage('what follows a stream is none');
  return level;
}

function isBlock(bits: Bits): boolean {
  const [first, second] = [bits.read(24), bits.read(24)];
  if (first === BLOCK_MARK[0] && second === BLOCK_MARK[1]) return true;
  if (first === END_MARK[0] && second === END_MARK[1]) return false;
  throw new Damage('a block begins without its mark');
}

/** Returns the 32 bits of a checksum as a signed number, as the operators for bits give them. */
function readSum(bits: Bits): number {
  return (bits.read(16) << 16) | bits.read(16);
}

interface Block {
  readonly length: number;
  /** Where the text begins in the sorted block. */
  readonly origin: number;
}

/** Reads a block. Afterwards `order[i]` holds a byte in its lowest 8 bits, and above them the index of the byte that follows it. */
function readBlock(bits: Bits, order: Uint32Array): Block {
  if (bits.read(1) === 1) throw new Damage('it was written by bzip2 0.9');
  const origin = bits.read(24);
  const counts = new Uint32Array(256);
  const length = readSorted(bits, order, counts);
  if (origin >= length) throw new Damage('a block begins outside of itself');
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte]!;
    counts[byte] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) {
    const at = counts[order[i]! & 0xff]!++;
    order[at] = (order[at]! | (i << 8)) >>> 0;
  }
  return { length, origin };
}

/** Reads the sorted bytes of a block into `order`, and counts each byte. Returns how many there are. */
function readSorted(bits: Bits, order: Uint32Array, counts: Uint32Array): number {
  const used = usedBytes(bits);
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) throw new Damage('a block has no tables');
  const choices = readChoices(bits, tableCount);
  const tables = Array.from({ length: tableCount }, () => readTable(bits, used.length + 2));
  const end = used.length + 1;
  let length = 0;
  let run = 0;
  let runUnit = 1;
  for (let read = 0; ; read++) {
    const table = tables[choices[Math.floor(read / GROUP_SYMBOLS)] ?? -1];
    if (table === undefined) throw new Damage('a block is longer than it says');
    const symbol = readSymbol(bits, table);
    if (symbol < 2) {
      run += runUnit << symbol;
      runUnit *= 2;
      if (run > order.length) throw new Damage('a block is too long');
      continue;
    }
    if (run > 0) {
      if (length + run > order.length) throw new Damage('a block is too long');
      order.fill(used[0]!, length, length + run);
      counts[used[0]!]! += run;
      length += run;
      run = 0;
      runUnit = 1;
    }
    if (symbol === end) return length;
    if (length === order.length) throw new Damage('a block is too long');
    const byte = toFront(used, symbol - 1);
    order[length++] = byte;
    counts[byte]!++;
  }
}

/** Reads which bytes occur in the block, in ascending order. */
function usedBytes(bits: Bits): Uint8Array {
  const rows = bits.read(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++)
      if ((columns & (0x8000 >> column)) !== 0) used.push(16 * row + column);
  }
  if (used.length === 0) throw new Damage('a block has no bytes');
  return Uint8Array.from(used);
}

/** Reads which table holds for each group of symbols. */
function readChoices(bits: Bits, tableCount: number): Uint8Array {
  const choices = new Uint8Array(bits.read(15));
  const recent = Uint8Array.from({ length: tableCount }, (_, table) => table);
  for (let i = 0; i < choices.length; i++) {
    let index = 0;
    while (bits.read(1) === 1) index++;
    if (index >= tableCount) throw new Damage('a block names a table that it has not');
    choices[i] = toFront(recent, index);
  }
  return choices;
}

/** Moves the element to the front of its list, and returns it. */
function toFront(list: Uint8Array, index: number): number {
  const element = list[index]!;
  list.copyWithin(1, 0, index);
  list[0] = element;
  return element;
}

/** Codes of symbols, as a canonical Huffman code: codes of one length follow each other. */
interface Table {
  readonly bitsMin: number;
  readonly bitsMax: number;
  /** The greatest code of each length. */
  readonly last: Int32Array;
  /** A code of this length, less this number, is the index of its symbol. */
  readonly shift: Int32Array;
  readonly symbols: Uint16Array;
}

function readTable(bits: Bits, symbolCount: number): Table {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > CODE_MAX_BITS) throw new Damage('a code has no length');
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  const last = new Int32Array(CODE_MAX_BITS + 1);
  const shift = new Int32Array(CODE_MAX_BITS + 1);
  const symbols = new Uint16Array(symbolCount);
  let [code, index] = [0, 0];
  for (let bitCount = 1; bitCount <= CODE_MAX_BITS; bitCount++) {
    shift[bitCount] = code - index;
    lengths.forEach((each, symbol) => {
      if (each === bitCount) symbols[index++] = symbol;
    });
    code = shift[bitCount]! + index;
    last[bitCount] = code - 1;
    code *= 2;
  }
  return { bitsMin: Math.min(...lengths), bitsMax: Math.max(...lengths), last, shift, symbols };
}

function readSymbol(bits: Bits, { bitsMin, bitsMax, last, shift, symbols }: Table): number {
  let code = bits.read(bitsMin);
  for (let length = bitsMin; length <= bitsMax; length++) {
    if (code <= last[length]!) {
      const symbol = symbols[code - shift[length]!];
      if (symbol !== undefined) return symbol;
      break;
    }
    if (length < bitsMax) code = (code << 1) | bits.read(1);
  }
  throw new Damage('a code is none');
}

/** Yields the text of the block in `order`. Returns its checksum. */
function* textOf(
  order: Uint32Array,
  { length, origin }: Block,
): Generator<Uint8Array<ArrayBuffer>, number, undefined> {
  let piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  let sum = -1;
  let next = order[origin]! >>> 8;
  let before = -1;
  let equal = 0;
  for (let i = 0; i < length; i++) {
    const entry = order[next]!;
    next = entry >>> 8;
    const byte = entry & 0xff;
    const isCount = equal === RUN_BYTES;
    const times = isCount ? byte : 1;
    const written = isCount ? before : byte;
    if (filled + times > PIECE_BYTES) {
      yield piece.subarray(0, filled);
      piece = new Uint8Array(PIECE_BYTES);
      filled = 0;
    }
    for (let n = 0; n < times; n++) {
      piece[filled++] = written;
      sum = (sum << 8) ^ SUMS[(sum >>> 24) ^ written]!;
    }
    equal = isCount ? 0 : byte === before ? equal + 1 : 1;
    before = isCount ? -1 : byte;
  }
  yield piece.subarray(0, filled);
  return ~sum;
}

/** CRC-32 with the polynomial 0x04c11db7, the highest bit first, a byte at a time. */
const SUMS = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24;
  for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  return sum;
});
