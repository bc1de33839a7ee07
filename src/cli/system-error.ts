/** Explains errors of the operating system: the path or port, the reason, and the fix. */
import { MORE_DESCRIPTORS } from '../event/descriptors.ts';

export interface Explained {
  readonly message: string;
  readonly fix: string;
}

const reasons: Readonly<Record<string, Explained>> = {
  EACCES: {
    message: 'permission denied',
    fix: 'give the user that runs Tocsin the right to it, or name another',
  },
  EPERM: { message: 'not permitted', fix: 'give the user that runs Tocsin the right to it, or name another' },
  EROFS: { message: 'the file system is read-only', fix: 'name a place that can be written to' },
  ENOSPC: { message: 'the disk is full', fix: 'make room on it; nothing that was acknowledged is lost' },
  EDQUOT: { message: 'the quota is used up', fix: 'make room; nothing that was acknowledged is lost' },
  ENOENT: { message: 'there is no such file or folder', fix: 'create it, or correct the path' },
  EEXIST: { message: 'a file is where a folder should be', fix: 'remove the file, or name another folder' },
  ENOTDIR: { message: 'a file is where a folder should be', fix: 'remove the file, or name another folder' },
  EISDIR: { message: 'a folder is where a file should be', fix: 'name the file' },
  EMFILE: { message: 'too many open files', fix: MORE_DESCRIPTORS },
  ENFILE: { message: 'the machine has as many files open as it may have', fix: 'raise fs.file-max (sysctl)' },
  EADDRINUSE: { message: 'another process listens there', fix: 'stop that process, or choose another port' },
};

/** Explains an error; undefined where it is no error of the operating system, or none that a user can mend. */
export function explainSystemError(error: unknown): Explained | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return undefined;
  const what = path ?? syscall ?? 'the system';
  return { message: `${what}: ${reason.message}`, fix: reason.fix };
}
