/** Numbers the lines of an input, as editors do, by the offsets at which they begin. */

const LF = 10;
/** So many line ends that are passed are let go of at once. */
const PASSED_MAX = 10_000;

export class LineNumbers {
  /** Offsets of the line ends, in order. The first `#passed` ones are passed. */
  #ends: number[] = [];
  #passed = 0;
  #read = 0;
  #line = 1;

  /** Takes the bytes of the input, in order. */
  take(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1))
      this.#ends.push(this.#read + at);
    this.#read += bytes.length;
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
