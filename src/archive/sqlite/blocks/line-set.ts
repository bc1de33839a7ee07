/** A set of the lines of a block: a bit for each line. */
export class LineSet {
  readonly #bits: Uint32Array;
  readonly lineCount: number;

  private constructor(bits: Uint32Array, lineCount: number) {
    this.#bits = bits;
    this.lineCount = lineCount;
  }

  static empty(lineCount: number): LineSet {
    return new LineSet(new Uint32Array((lineCount + 31) >>> 5), lineCount);
  }

  static whole(lineCount: number): LineSet {
    const set = LineSet.empty(lineCount);
    set.addRange(0, lineCount);
    return set;
  }

  add(line: number): void {
    this.#bits[line >>> 5]! |= 1 << (line & 31);
  }

  addRange(from: number, to: number): void {
    for (let line = from; line < to; line += 1) this.add(line);
  }

  /** Adds the lines of another set. */
  unite(other: LineSet): void {
    for (let i = 0; i < this.#bits.length; i += 1) this.#bits[i]! |= other.#bits[i]!;
  }

  /** Removes the lines that another set does not have. */
  intersect(other: LineSet): void {
    for (let i = 0; i < this.#bits.length; i += 1) this.#bits[i]! &= other.#bits[i]!;
  }

  get isEmpty(): boolean {
    return this.#bits.every((bits) => bits === 0);
  }

  /** Calls `take` with each line, in ascending order. */
  each(take: (line: number) => void): void {
    for (let i = 0; i < this.#bits.length; i += 1)
      for (let bits = this.#bits[i]!, line = i << 5; bits !== 0; bits >>>= 1, line += 1)
        if ((bits & 1) === 1) take(line);
  }
}
