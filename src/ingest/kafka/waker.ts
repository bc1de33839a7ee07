/**
 * Wakes whoever waits for lines, once the turn is over in which they came. By then kafkajs has handed over every partition of an answer and
 * has asked for more, which the broker gets ready while the lines are worked on.
 */
import { within } from '../../event/waiting.ts';

export class Waker {
  #next = Promise.withResolvers<undefined>();
  #isDue = false;

  /** Resolves at the next wake, or after `waitMs`. */
  async wait(waitMs: number): Promise<void> {
    await within(this.#next.promise, waitMs);
  }

  wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#next.resolve(undefined);
      this.#next = Promise.withResolvers<undefined>();
    });
  }
}
