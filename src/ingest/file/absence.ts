/**
 * A file that is not found is not gone at once: rotation may be moving it just now, it may be on a disk that is not mounted, or may not be
 * read. Only what is gone for certain is given up.
 */
import type { Logs } from './logs.ts';
import { isUnmounted } from './mount.ts';
import type { RegisteredLog, Registry } from './registry.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** How long files may be renamed one after the other before what is not found is missed. */
const MOVING_MS = 2_000;

interface Context {
  readonly logs: Logs;
  readonly registry: Registry;
  readonly graceMs: number;
}

export class Absence {
  private readonly log: RegisteredLog;
  private readonly context: Context;
  private missingSinceMs: number | undefined;
  private movingSinceMs: number | undefined;

  constructor(log: RegisteredLog, context: Context) {
    this.log = log;
    this.context = context;
  }

  /** The file is there, or another one is looked for. */
  over(): void {
    this.missingSinceMs = undefined;
    this.movingSinceMs = undefined;
  }

  /** Whether file `number`, looked for with this inode, is gone for good. Throws FixableError where the place that it lies at cannot be reached. */
  async isFinal(number: number, inode: string, found: 'nowhere' | 'moving'): Promise<boolean> {
    const { logs, registry, graceMs } = this.context;
    const nowMs = performance.now();
    if (found === 'moving' && nowMs - (this.movingSinceMs ??= nowMs) < MOVING_MS) return false;
    if (this.missingSinceMs === undefined) {
      this.missingSinceMs = nowMs;
      // It may have been moved to where the latest search has not looked yet.
      await logs.findNew();
      await logs.replaced(this.log, number, inode);
    }
    if (nowMs - this.missingSinceMs < graceMs) return false;
    const problem = logs.sight.problem(this.log.path);
    if (problem !== undefined) throw problem;
    const mountPoint = registry.mountPoint(this.log.partition);
    if (mountPoint === undefined || !(await isUnmounted(mountPoint))) return true;
    throw new FixableError(
      'source',
      `${this.log.path} cannot be reached: no disk is mounted at ${mountPoint}`,
      'mount it; reading goes on by itself',
    );
  }
}
