/** Decides when a compressed file that cannot be unpacked is given up. A file that is still being written ends too early, too. */
import { stat } from 'node:fs/promises';
import type { DamagedFile } from '../compression.ts';
import type { Clock } from '../../event/clock.ts';

export class DamageWatch {
  readonly #clock: Pick<Clock, 'wallMs' | 'steadyMs'>;
  readonly #quietMs: number;
  /** The file as it was when it was found damaged, and since when, by the steady clock. */
  #seen: { readonly file: string; readonly sinceMs: number } | undefined;

  /** `quietMs`: how long a file must not have changed before nobody writes to it any more. */
  constructor(clock: Pick<Clock, 'wallMs' | 'steadyMs'>, quietMs: number) {
    this.#clock = clock;
    this.#quietMs = quietMs;
  }

  /** Returns true when the file will not become whole any more, as far as anybody can tell. */
  async isFinal({ path }: DamagedFile): Promise<boolean> {
    const found = await stat(path).catch(() => undefined);
    // Where the file has gone, it is looked for again.
    if (found === undefined) return false;
    if (this.#clock.wallMs() - found.mtimeMs >= this.#quietMs) return true;
    const file = `${path} ${found.ino} ${found.size} ${found.mtimeMs}`;
    if (this.#seen?.file !== file) this.#seen = { file, sinceMs: this.#clock.steadyMs() };
    return this.#clock.steadyMs() - this.#seen.sinceMs >= this.#quietMs;
  }
}
