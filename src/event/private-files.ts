/**
 * What Tocsin keeps holds lines of logs, messages and rules: for the user that it runs as alone, whatever the umask that it was started with.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** From now on no file that this process makes can be read by others. */
export function makeFilesPrivate(): void {
  // A thread has the umask of its process, and may not set it.
  if (isMainThread) process.umask(0o077);
}

/** Files of data_dir that an earlier version, or a hand, may have left readable; `spool` is a folder. */
const OWN = /^(?:(?:state|archive|files)\.db|reached\.json|last-good-rules\.json|dead-letters\.|spool$)/u;

/**
 * Makes data_dir where it is missing, and takes from others what rights they have to it and to what Tocsin has put there. `besides`: files and
 * folders that other people need. Gives why others may still look into it, if they may. Throws the system's error where it cannot be made.
 */
export function makeFolderPrivate(dataDir: string, besides: readonly string[] = []): string | undefined {
  makeFilesPrivate();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  // On Windows rights are inherited from the folder above, and modes say nothing.
  if (uid === undefined) return undefined;
  for (const name of readdirSync(dataDir)) if (OWN.test(name)) narrow(join(dataDir, name), uid);
  const { mode, uid: owner } = lstatSync(dataDir);
  if ((mode & 0o077) === 0) return undefined;
  const inside = resolve(dataDir) + sep;
  const shared = besides.find((path) => resolve(path).startsWith(inside));
  if (shared !== undefined) return `${shared} lies in it`;
  if (owner !== uid) return 'it belongs to another user';
  if ((mode & 0o1000) !== 0) return 'it is a folder that all users share';
  chmodSync(dataDir, mode & 0o700);
  return undefined;
}

/** Never follows a link: where it leads may be somebody else's. */
function narrow(path: string, uid: number): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSymbolicLink() || found.uid !== uid) return;
  if (found.isDirectory()) for (const name of readdirSync(path)) narrow(join(path, name), uid);
  if ((found.mode & 0o077) !== 0) chmodSync(path, found.mode & 0o700);
}
