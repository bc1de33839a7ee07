/**
 * When a rule is armed: by the first event of any kind of its sources, or by the clock. Forms that wait for events begin to wait then,
 * of groups that they know beforehand.
 */
import type { ByteReader, ByteWriter } from './columns/bytes.ts';

export class Arming {
  /** The groups that are armed with the rule. */
  readonly keys: ReadonlySet<string>;
  /** Infinity: nothing has been heard; −Infinity: that has been, or need not be. */
  #atMs: number;

  /** `isNeeded`: something happens at the arming. */
  constructor(keys: readonly string[], isNeeded: boolean) {
    this.keys = new Set(keys);
    this.#atMs = isNeeded ? Infinity : -Infinity;
  }

  /** It waits to be armed, or for its instant to be settled. */
  get isOpen(): boolean {
    return this.#atMs !== -Infinity;
  }

  /** The instant at which it is armed; Infinity where that is not known, and where it is over. */
  get dueMs(): number {
    return this.isOpen ? this.#atMs : Infinity;
  }

  /** Something was heard, the earliest at this time: it is armed then, but at no instant that is settled. */
  saw(firstTimeMs: number, finalMs: number): void {
    if (this.isOpen) this.#atMs = Math.min(this.#atMs, Math.max(firstTimeMs, finalMs + 1));
  }

  /** The clock that it was armed by was wrong. */
  clockWentBack(toMs: number, finalMs: number): void {
    if (Number.isFinite(this.#atMs)) this.saw(toMs, finalMs);
  }

  done(): void {
    this.#atMs = -Infinity;
  }

  save(writer: ByteWriter): void {
    writer.f64(this.#atMs);
  }

  load(reader: ByteReader): void {
    this.#atMs = reader.f64();
  }
}
