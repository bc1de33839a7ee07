/** Knows if the group lets us read its topic, and if not, why. */
import type { FixableError } from '../../event/fixable-error.ts';

/** Joining takes some seconds when a member before us was killed. */
const JOIN_MS = 15_000;

export class InGroup {
  #joined = false;
  #outSinceMs = performance.now();
  #reason = 'it takes long to join the consumer group';
  #refusal: FixableError | undefined;

  get joined(): boolean {
    return this.#joined;
  }

  /** Set while another reader has the topic. */
  get refusal(): FixableError | undefined {
    return this.#refusal;
  }

  join(partitions: readonly number[]): void {
    this.#joined = true;
    if (partitions.length > 0) this.#refusal = undefined;
  }

  leave(reason: string): void {
    if (this.#joined) this.#outSinceMs = performance.now();
    this.#joined = false;
    this.#reason = reason;
  }

  refuse(refusal: FixableError): void {
    this.#refusal = refusal;
  }

  /** Returns why nothing can be read at the moment; undefined when reading can go on. */
  problem(): string | undefined {
    if (this.#refusal !== undefined) return this.#refusal.message;
    return !this.#joined && performance.now() - this.#outSinceMs > JOIN_MS ? this.#reason : undefined;
  }
}
