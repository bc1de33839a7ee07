/** One process for each store: a lock that the operating system releases when the process ends, however it ends. Also the errors of the store. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { diskTrouble } from '../../event/disk-trouble.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Another process holds the store. */
export class StoreHeldError extends FixableError {}

/** Longer than the short lock of a process that only asks who holds the store (`isHeld`). */
const LOCK_WAIT_MS = 500;

/** Takes the lock or throws FixableError. The result releases the lock. */
export function lockStore(path: string): () => void {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: LOCK_WAIT_MS });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (codeOf(error) === BUSY)
      throw new StoreHeldError(
        'state',
        `Another Tocsin process is running on ${path}.`,
        'Stop it, give this one a data_dir of its own, or let it wait for its turn with `tocsin run --standby`.',
        { cause: error },
      );
    throw error;
  }
  return () => lock.close();
}

/** Returns true if a process holds the store; undefined if that cannot be found out. */
export function isHeld(path: string): boolean | undefined {
  const file = `${path}.lock`;
  if (!existsSync(file)) return false;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    lock.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return codeOf(error) === BUSY ? true : undefined;
  } finally {
    lock?.close();
  }
}

const BUSY = 5;

/** Returns a FixableError for what people can mend; any other error unchanged. */
export function storeErrorOf(error: unknown, path: string): unknown {
  if (error instanceof FixableError) return error;
  const trouble = diskTrouble(error, path);
  if (trouble !== undefined)
    return new FixableError('state', `${path} ${trouble.what}.`, trouble.fix, { cause: error });
  if ((error as { code?: unknown }).code === 'ENOTDIR' || (error as { code?: unknown }).code === 'EEXIST')
    return new FixableError(
      'state',
      `${path} cannot be created: a file is where a folder should be.`,
      'Remove that file, or choose another data_dir.',
      { cause: error },
    );
  return error;
}

/** The error for a part (`what`) of the store that is not as it was written. */
export function damaged(path: string, what: string): FixableError {
  return new FixableError(
    'state',
    `${path} is damaged: ${what} is not what was written.`,
    'Put a backup back (tocsin restore), or move the file away to begin anew; look at the disk and the log of the system first.',
  );
}

/** Returns the primary result code of SQLite. */
function codeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}
