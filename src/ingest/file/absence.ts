/**
 * Decides when a file that is not found is really gone. Rotation may be moving the file just now. Its disk may not be mounted, or the file
 * may not be readable. A file is given up only when it is certainly gone.
 */
import type { Logs } from './logs.ts';
import { isUnmounted } from './mount.ts';
import type { RegisteredLog, Registry } from './registry.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** How long files may be renamed one after the other before a file that is not found counts as missing. */
const MOVING_MS = 2_000;

interface Context {
  readonly logs: Logs;
  readonly registry: Registry;
  readonly graceMs: number;
}

export class Absence {
  readonly #log: RegisteredLog;
  readonly #context: Context;
  #missingSinceMs: number | undefined;
  #movingSinceMs: number | undefined;

  constructor(log: RegisteredLog, context: Context) {
    this.#log = log;
    this.#context = context;
  }

  /** The file is there, or another file is looked for now. */
  over(): void {
    this.#missingSinceMs = undefined;
    this.#movingSinceMs = undefined;
  }

  /**
   * Returns true when file `number`, looked for with this inode, is gone for good. Throws FixableError when the folder or the disk that it
   * lies on cannot be reached.
   */
  async isFinal(number: number, inode: string, found: 'nowhere' | 'moving'): Promise<boolean> {
    const { logs, registry, graceMs } = this.#context;
    const nowMs = performance.now();
    if (found === 'moving' && nowMs - (this.#movingSinceMs ??= nowMs) < MOVING_MS) return false;
    if (this.#missingSinceMs === undefined) {
      this.#missingSinceMs = nowMs;
      // The file may have been moved to a folder that the latest search has not looked into yet.
      await logs.findNew();
      await logs.replaced(this.#log, number, inode);
    }
    if (nowMs - this.#missingSinceMs < graceMs) return false;
    const problem = logs.sight.problem(this.#log.path);
    if (problem !== undefined) throw problem;
    const mountPoint = registry.mountPoint(this.#log.partition);
    if (mountPoint === undefined || !(await isUnmounted(mountPoint))) return true;
    throw new FixableError(
      'source',
      `${this.#log.path} cannot be reached: no disk is mounted at ${mountPoint}`,
      'mount it; reading goes on by itself',
    );
  }
}
