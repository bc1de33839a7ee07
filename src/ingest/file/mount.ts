/**
 * Tells if the disk that a file lay on is there. A folder that is empty because its disk is not mounted looks like a folder whose files
 * were deleted. In the first case the mount point is a mount point no longer.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Returns the mount point of the file system that holds the folder of `path`, with links resolved; `/` when it cannot be found out. */
export async function mountPointOf(path: string): Promise<string> {
  try {
    let at = dirname(await realpath(path));
    const { dev } = await stat(at);
    for (let up = dirname(at); up !== at && (await stat(up)).dev === dev; up = dirname(at)) at = up;
    return at;
  } catch {
    return '/';
  }
}

/** Returns true when nothing is mounted there any more. */
export async function isUnmounted(mountPoint: string): Promise<boolean> {
  const up = dirname(mountPoint);
  if (up === mountPoint) return false;
  try {
    return (await stat(mountPoint)).dev === (await stat(up)).dev;
  } catch {
    return true;
  }
}
