/** Numbers the lines of an input, as editors do, by the offsets at which they begin. */
import { encodingAt, MARK_BYTES, type TextEncoding } from './encoding/encoding.ts';

/** So many line ends that are passed are let go of at once. */
const PASSED_MAX = 10_000;

export class LineNumbers {
  /** Offsets of the line ends, in order. The first `#passed` ones are passed. */
  #ends: number[] = [];
  #passed = 0;
  #read = 0;
  #line = 1;

  readonly #name: string | undefined;
  #encoding: TextEncoding | undefined;
  /** The first half of a unit of two bytes. */
  #half: Buffer = Buffer.alloc(0);

  /** `encoding`: the configured one; absent: UTF-8. A byte order mark says more. */
  constructor(encoding?: string) {
    this.#name = encoding;
  }

  /** Takes the bytes of the input, in order. */
  take(bytes: Uint8Array): void {
    const block = Buffer.concat([this.#half, bytes]);
    this.#encoding ??= encodingAt(block.subarray(0, MARK_BYTES), this.#name, true)!;
    const { units } = this.#encoding;
    for (let at = units.lineEnd(block, 0, this.#read); at >= 0; at = units.lineEnd(block, at + 1, this.#read))
      this.#ends.push(this.#read + at);
    this.#half = block.subarray(block.length - (block.length % units.width));
    this.#read += block.length - this.#half.length;
  }

  /** Returns the number of the line at an offset, from 1. Each call takes an offset that is no smaller than the one before. */
  of(offset: number): number {
    while (this.#passed < this.#ends.length && this.#ends[this.#passed]! < offset) {
      this.#passed += 1;
      this.#line += 1;
    }
    if (this.#passed > PASSED_MAX) {
      this.#ends = this.#ends.slice(this.#passed);
      this.#passed = 0;
    }
    return this.#line;
  }
}
