/** In which folders the files of a log may be, and what lies there. */
import { readdir, readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMissing, unreadable } from './inspect.ts';

const LINKS_MAX = 40;

/** The path, and every path that a link at it leads to in turn, the last one also where there is no file. */
export async function linkedPaths(path: string): Promise<string[]> {
  const paths = [path];
  for (let at = path; paths.length < LINKS_MAX; paths.push(at)) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) break;
    at = resolve(dirname(at), target);
  }
  return paths;
}

/** Names in a folder; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(folder, error);
  }
}
