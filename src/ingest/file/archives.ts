/**
 * Finds compressed files that a glob matches and no log is beside: rotation has left them of a log that is gone, or that nobody reads here.
 * All files of one log are read as that log, the oldest first.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../event/clock.ts';
import { DamagedFile, unpackedName } from '../compression.ts';
import { HEAD_BYTES, fingerprint, fits } from './fingerprint.ts';
import { beginningLike, byAge } from './identity.ts';
import type { LogFile } from './inspect.ts';
import type { Generation, RegisteredLog, Registry } from './registry.ts';
import { logNameOf } from './rotated-name.ts';
import type { Sight } from './sight.ts';
import { surroundings } from './surroundings.ts';

export class Archives {
  readonly #registry: Registry;
  readonly #sight: Sight;
  readonly #clock: Pick<Clock, 'wallMs' | 'steadyMs'>;
  readonly #quietMs: number;
  /** The file that lay at a path at the latest look: its mark, since when it lies there, and if it need not be looked at again. */
  readonly #seen = new Map<string, { readonly mark: string; readonly sinceMs: number; done: boolean }>();

  /** `quietMs`: how long a file must not have changed before it counts as written. */
  constructor(registry: Registry, sight: Sight, clock: Pick<Clock, 'wallMs' | 'steadyMs'>, quietMs: number) {
    this.#registry = registry;
    this.#sight = sight;
    this.#clock = clock;
    this.#quietMs = quietMs;
  }

  /** Returns those of the paths, where compressed files may be, that have lines and were not returned before: the oldest first. */
  async findNew(paths: Iterable<string>): Promise<LogFile[]> {
    const found: LogFile[] = [];
    for (const path of paths) {
      if (!(await this.#isDue(path))) continue;
      const file = await this.#look(path);
      if (file !== undefined && file.head.length > 0) found.push(file);
    }
    return found.sort(byAge);
  }

  /**
   * Returns the log that this file belongs to, which may be a new one; undefined when it is the file of a log in another folder, from which
   * it was moved.
   */
  async logOf(file: LogFile): Promise<RegisteredLog | undefined> {
    const name = logNameOf(basename(file.path));
    const path = join(dirname(file.path), name);
    for (const other of this.#registry.logs.values()) {
      if (other.path === path || logNameOf(basename(other.path)) !== name) continue;
      const generation = beginningLike(other, file);
      if (generation === undefined || (await isBeside(other, generation))) continue;
      this.#registry.grow(other, generation, fingerprint(file.head));
      this.#registry.setMoved(file);
      return undefined;
    }
    return this.#registry.logs.get(path) ?? this.#registry.addArchives(path);
  }

  /** Returns true when a file lies at the path that was not looked at, and that nobody writes to. */
  async #isDue(path: string): Promise<boolean> {
    const now = await stat(path).catch(() => undefined);
    if (now === undefined || this.#sight.isPassedOver(now)) return false;
    const mark = `${now.dev} ${now.ino} ${now.size} ${now.mtimeMs}`;
    let seen = this.#seen.get(path);
    if (seen?.mark !== mark) {
      seen = { mark, sinceMs: this.#clock.steadyMs(), done: false };
      this.#seen.set(path, seen);
    }
    if (seen.done) return false;
    return (
      this.#clock.wallMs() - now.mtimeMs >= this.#quietMs ||
      this.#clock.steadyMs() - seen.sinceMs >= this.#quietMs
    );
  }

  async #look(path: string): Promise<LogFile | undefined> {
    if (unpackedName(basename(path)).endsWith('.tar')) {
      this.#sight.remark(path, `${path} holds files, not lines: not read. Extract it: tar -xf ${path}`, path);
      this.#finish(path);
      return undefined;
    }
    const file = await this.#sight.packed(path);
    const problem = this.#sight.problem(path);
    // A file that the system refuses may be allowed later on.
    if (file !== undefined || problem instanceof DamagedFile) this.#finish(path);
    return file;
  }

  #finish(path: string): void {
    const seen = this.#seen.get(path);
    if (seen !== undefined) seen.done = true;
  }
}

/** Returns true when this generation still lies at the path of its log or beside it: then no file elsewhere is it. */
async function isBeside(log: RegisteredLog, { inode, fingerprint }: Generation): Promise<boolean> {
  const { file, rotated } = await surroundings(log.path);
  return [...rotated, ...(file === undefined ? [] : [file])].some(
    (each) => (each.inode === inode || fingerprint.bytes === HEAD_BYTES) && fits(fingerprint, each.head),
  );
}
