/**
 * When a rule is armed: by the first event of any kind from its sources, or by the clock. Forms that wait for events start to wait at that
 * instant, for the groups that they know beforehand.
 */
import type { ByteReader, ByteWriter } from './columns/bytes.ts';

export class Arming {
  /** Keys of the groups that are armed together with the rule. */
  readonly keys: ReadonlySet<string>;
  /** Instant of the arming. Infinity: no event has come yet. −Infinity: the arming is over, or the rule does not need it. */
  #atMs: number;

  /** `isNeeded`: the form does something when it is armed. */
  constructor(keys: readonly string[], isNeeded: boolean) {
    this.keys = new Set(keys);
    this.#atMs = isNeeded ? Infinity : -Infinity;
  }

  /** True while the rule is not armed, or while the instant of its arming is not final. */
  get isOpen(): boolean {
    return this.#atMs !== -Infinity;
  }

  /** The instant of the arming; Infinity while it is not known, and after it is over. */
  get dueMs(): number {
    return this.isOpen ? this.#atMs : Infinity;
  }

  /** Records events, the earliest at `firstTimeMs`. The rule is armed at that time, but never at an instant that is final already. */
  saw(firstTimeMs: number, finalMs: number): void {
    if (this.isOpen) this.#atMs = Math.min(this.#atMs, Math.max(firstTimeMs, finalMs + 1));
  }

  /** Moves the arming back to `toMs`: the clock that armed the rule was wrong. */
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
