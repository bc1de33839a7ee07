/** Lists the folders in which the files of a log may be, and the names in a folder. */
import { readdir, readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMissing, unreadable } from './inspect.ts';

const LINKS_MAX = 40;

/** Returns the path and every target of the links that begin there, in order. The last target is listed even if there is no file. */
export async function linkedPaths(path: string): Promise<string[]> {
  const paths = [path];
  for (let at = path; paths.length < LINKS_MAX; paths.push(at)) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) break;
    at = resolve(dirname(at), target);
  }
  return paths;
}

/** Returns the names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(folder, error);
  }
}
