/** The errors that keep a backup from being made or put back. */
import { diskTrouble } from '../../event/disk-trouble.ts';
import { FixableError, isFixable } from '../../event/fixable-error.ts';

/** Turns an error of the disk at `path` into a FixableError; returns any other error unchanged. */
export function backupErrorOf(error: unknown, path: string): unknown {
  if (isFixable(error, 'backup')) return error;
  const trouble = diskTrouble(error, path);
  if (trouble === undefined) return error;
  return new FixableError('backup', `${path} ${trouble.what}.`, trouble.fix, { cause: error });
}
