/** What keeps a backup from being made or put back. */
import { diskTrouble } from '../../event/disk-trouble.ts';

export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly fix: string;
  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** An error of a disk at one of these paths as a BackupError; anything else as it is. */
export function backupErrorOf(error: unknown, path: string): unknown {
  if (error instanceof BackupError) return error;
  const trouble = diskTrouble(error, path);
  if (trouble === undefined) return error;
  return new BackupError(`${path} ${trouble.what}.`, trouble.fix, { cause: error });
}
