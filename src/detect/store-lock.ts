/** One process a store: a lock that the operating system lets go of with the process, however it ends. And the store's errors. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The store cannot be used: what is wrong, and what to do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fix: string;
  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** Another process holds the store. */
export class StoreHeldError extends StoreError {}

/** Longer than somebody who only asks who holds it (`isHeld`). */
const lockWaitMs = 500;

/** Takes the lock or throws StoreError; the result lets it go. */
export function lockStore(path: string): () => void {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: lockWaitMs });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (codeOf(error) === busy)
      throw new StoreHeldError(
        `Another Tocsin process is running on ${path}.`,
        'Stop it, give this one a data_dir of its own, or let it wait for its turn with `tocsin run --standby`.',
        { cause: error },
      );
    throw error;
  }
  return () => lock.close();
}

/** Whether a process holds the store; undefined where that cannot be found out. */
export function isHeld(path: string): boolean | undefined {
  const file = `${path}.lock`;
  if (!existsSync(file)) return false;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    lock.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return codeOf(error) === busy ? true : undefined;
  } finally {
    lock?.close();
  }
}

const busy = 5;

/** What people can mend, said so; anything else as it is. */
export function storeErrorOf(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  const cause = { cause: error };
  switch (codeOf(error)) {
    case busy:
    case 6:
      return new StoreError(
        `${path} is locked by another program.`,
        'Close what is reading or copying it.',
        cause,
      );
    case 8:
    case 14:
      return new StoreError(
        `${path} cannot be written.`,
        'Give the user that Tocsin runs as the right to write there, or choose another data_dir.',
        cause,
      );
    case 10:
    case 13:
      return new StoreError(
        `${path} cannot be written: the disk is full or failing.`,
        'Make room on it; Tocsin goes on where it stopped, nothing that was read is lost.',
        cause,
      );
    case 11:
    case 26:
      return new StoreError(
        `${path} is damaged or not a Tocsin store.`,
        'Restore it from a copy, or move it away to begin anew.',
        cause,
      );
    case undefined:
    default:
      return fileErrorOf(error, path);
  }
}

function fileErrorOf(error: unknown, path: string): unknown {
  const { code } = error as { code?: unknown };
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'ENOSPC')
    return new StoreError(
      `${path} cannot be created (${code}).`,
      'Choose a data_dir that the user Tocsin runs as may write to.',
      { cause: error },
    );
  return error;
}

/** SQLite's primary result code. */
function codeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}
