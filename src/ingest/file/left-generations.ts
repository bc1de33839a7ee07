/** The files of a log that a reader has left. Once all lines of a file are durable, the next start need not look for the file. */
import type { ReaderPurpose } from '../source.ts';
import type { Registry } from './registry.ts';

export class LeftGenerations {
  readonly #registry: Registry;
  readonly #partition: number;
  readonly #purpose: ReaderPurpose;
  readonly #left: { readonly number: number; readonly offset: number }[] = [];
  #durableOffset: number;

  constructor(registry: Registry, partition: number, purpose: ReaderPurpose, durableOffset: number) {
    this.#registry = registry;
    this.#partition = partition;
    this.#purpose = purpose;
    this.#durableOffset = durableOffset;
  }

  /** `offset`: the offset after the lines of generation `number`. */
  leave(number: number, offset: number): void {
    this.#left.push({ number, offset });
    this.durable(0);
  }

  /** Reports that everything below `offset` is durable. */
  durable(offset: number): void {
    this.#durableOffset = Math.max(this.#durableOffset, offset);
    try {
      while (this.#left[0] !== undefined && this.#left[0].offset <= this.#durableOffset) {
        this.#registry.finish(this.#partition, this.#purpose, this.#left[0].number);
        this.#left.shift();
      }
    } catch {
      // The disk may be full. The mark only saves the next start a search, and is written with the next lines that become durable.
    }
  }
}
