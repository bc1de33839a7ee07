/**
 * The spools in a backup. A segment is removed once both positions have passed it. So the segments that exist are held open before the
 * positions are copied. The bytes that are written meanwhile are copied after the positions.
 */
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface HeldSpools {
  /** Copies the held segments and those that have come since. Returns the paths of the files, relative to the folder. */
  copyTo(folder: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const LF = 10;
const PIECE_BYTES = 64 * 1024;

/** Holds the segments of all sources under `dir`, if there are any. */
export async function holdSpools(dir: string): Promise<HeldSpools> {
  const held = new Map<string, FileHandle>();
  await hold(dir, held);
  return {
    async copyTo(folder) {
      await hold(dir, held);
      const paths = [...held.keys()].sort();
      for (const [i, path] of paths.entries()) {
        const isLast = paths[i + 1] === undefined || dirname(paths[i + 1]!) !== dirname(path);
        await mkdir(join(folder, dirname(path)), { recursive: true, mode: 0o700 });
        await copySegment(held.get(path)!, join(folder, path), isLast);
      }
      return paths;
    },
    async close() {
      await Promise.all([...held.values()].map((handle) => handle.close()));
    },
  };
}

/** Opens the segments that are not held yet. `held` has them by their path. */
async function hold(dir: string, held: Map<string, FileHandle>): Promise<void> {
  for (const source of await namesIn(dir)) {
    for (const name of await namesIn(join(dir, source))) {
      const path = join(source, name);
      if (held.has(path) || !name.endsWith('.spool')) continue;
      const handle = await open(join(dir, path)).catch(ignoreMissing);
      if (handle !== undefined) held.set(path, handle);
    }
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  return (await readdir(dir).catch(ignoreMissing)) ?? [];
}

/** Returns undefined when a file is not there, or no longer. Throws any other error on. */
function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

/** Copies one segment. The last segment of a source is still being written: its copy is cut behind the last line end. */
async function copySegment(from: FileHandle, to: string, isLast: boolean): Promise<void> {
  const target = await open(to, 'wx', 0o600);
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    let at = 0;
    let lineEnd = 0;
    for (;;) {
      const { bytesRead } = await from.read(piece, 0, PIECE_BYTES, at);
      if (bytesRead === 0) break;
      const bytes = piece.subarray(0, bytesRead);
      await target.writeFile(bytes);
      const lf = bytes.lastIndexOf(LF);
      if (lf >= 0) lineEnd = at + lf + 1;
      at += bytesRead;
    }
    if (isLast) await target.truncate(lineEnd);
    await target.sync();
  } finally {
    await target.close();
  }
}
