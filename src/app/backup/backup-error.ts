/** What keeps a backup from being made or put back. */
import { diskTrouble } from '../../event/disk-trouble.ts';
import { FixableError, isFixable } from '../../event/fixable-error.ts';

/** An error of a disk at one of these paths as a FixableError; anything else as it is. */
export function backupErrorOf(error: unknown, path: string): unknown {
  if (isFixable(error, 'backup')) return error;
  const trouble = diskTrouble(error, path);
  if (trouble === undefined) return error;
  return new FixableError('backup', `${path} ${trouble.what}.`, trouble.fix, { cause: error });
}
