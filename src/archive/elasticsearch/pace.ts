/**
 * How much is sent at once, and how long a refused request waits. Requests in flight and bytes per request follow additive increase and
 * multiplicative decrease. `Pace` remembers only what the server answered.
 */

export interface PaceLimits {
  readonly bytes: number;
  readonly documents: number;
  readonly inFlight: number;
}

const FIRST_WAIT_MS = 100;
const WAIT_MAX_MS = 10_000;
const GROWTH_BYTES = 256 << 10;

export class Pace {
  readonly #limits: PaceLimits;
  /** Allowed requests in flight. Only the whole part counts. */
  #inFlight = 2;
  #bytes: number;
  #documents: number;
  /** Upper bound for the bytes of a request: the server refused a bigger one for its size. */
  #ceiling = Number.POSITIVE_INFINITY;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
    this.#bytes = limits.bytes;
    this.#documents = limits.documents;
  }

  get inFlight(): number {
    return Math.floor(this.#inFlight);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get documents(): number {
    return this.#documents;
  }

  taken(): void {
    this.#inFlight = Math.min(this.#limits.inFlight, this.#inFlight + 1 / this.#inFlight);
    this.#bytes = Math.min(this.#limits.bytes, this.#ceiling, this.#bytes + GROWTH_BYTES);
    this.#documents = Math.min(this.#limits.documents, this.#documents + 100);
  }

  /** Allows fewer requests after the server could not keep up. */
  overloaded(): void {
    this.#inFlight = Math.max(1, this.#inFlight / 2);
  }

  /** Makes requests smaller after one of this size was refused as a whole for its load. */
  tooMuch(documents: number, bytes: number): void {
    this.#documents = Math.max(1, Math.min(this.#documents, documents >> 1));
    this.#bytes = Math.max(1, Math.min(this.#bytes, bytes >> 1));
  }

  /** Makes requests smaller after one of this size was refused for its size. */
  tooBig(bytes: number): void {
    this.#ceiling = Math.max(1, Math.min(this.#ceiling, bytes - 1));
    this.#bytes = Math.min(this.#bytes, Math.max(1, bytes >> 1));
  }
}

/**
 * Returns the wait before the next attempt: exponential backoff with jitter. The n-th wait (from 0) is between half and all of min(10 s,
 * 100 ms · 2^n).
 */
export function waitMs(attempt: number, random: () => number): number {
  const longest = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 20));
  return longest * (0.5 + random() / 2);
}
