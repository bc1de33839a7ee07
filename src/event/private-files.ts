/**
 * Keeps files of Tocsin private. They hold lines of logs, messages and rules, so only the user that Tocsin runs as may read them, whatever
 * the umask at its start.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** From now on, others cannot read any file that this process creates. */
export function makeFilesPrivate(): void {
  // A worker thread has the umask of its process, and must not set it.
  if (isMainThread) process.umask(0o077);
}

/** Names of files of data_dir that an earlier version, or a person, may have left readable; `spool` is a folder. */
const OWN = /^(?:(?:state|archive|files)\.db|reached\.json|last-good-rules\.json|dead-letters\.|spool$)/u;

/**
 * Creates data_dir if it is missing. Removes the rights of others to it and to the files that Tocsin has put there. `besides`: files and
 * folders that other people need. Returns why others may still read it; undefined if they may not. Throws the system's error if it cannot
 * be created.
 */
export function makeFolderPrivate(dataDir: string, besides: readonly string[] = []): string | undefined {
  makeFilesPrivate();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  // On Windows, rights are inherited from the folder above, and modes say nothing.
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

/** Never follows a link: its target may belong to somebody else. */
function narrow(path: string, uid: number): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSymbolicLink() || found.uid !== uid) return;
  if (found.isDirectory()) for (const name of readdirSync(path)) narrow(join(path, name), uid);
  if ((found.mode & 0o077) !== 0) chmodSync(path, found.mode & 0o700);
}
