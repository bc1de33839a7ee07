/** Numbers partitions of all sources, so that a position is two numbers in columns. */

export class PartitionNumbers {
  readonly #sources: string[] = [];
  readonly #partitions: number[] = [];
  readonly #numbers = new Map<string, Map<number, number>>();
  /** The partition that was asked for last, and its number. */
  #source: string | undefined;
  #partition = 0;
  #number = 0;

  /** Returns the number of a partition. Equal ones have one number. */
  of(source: string, partition: number): number {
    if (source === this.#source && partition === this.#partition) return this.#number;
    let numbers = this.#numbers.get(source);
    if (numbers === undefined) this.#numbers.set(source, (numbers = new Map<number, number>()));
    let number = numbers.get(partition);
    if (number === undefined) {
      numbers.set(partition, (number = this.#sources.push(source) - 1));
      this.#partitions.push(partition);
    }
    this.#source = source;
    this.#partition = partition;
    return (this.#number = number);
  }

  source(number: number): string {
    return this.#sources[number]!;
  }

  partition(number: number): number {
    return this.#partitions[number]!;
  }

  /** Compares two partitions by source, then by partition. */
  compare(a: number, b: number): number {
    const [source, other] = [this.#sources[a]!, this.#sources[b]!];
    if (source !== other) return source < other ? -1 : 1;
    return this.#partitions[a]! - this.#partitions[b]!;
  }
}
