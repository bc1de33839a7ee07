/**
 * Notices when the rules folder changes. The state of the files, looked at every second, is the truth; the file system's own
 * notice (fs.watch) is only a hint to look at once, since it is silent on network mounts and when an editor replaces a file.
 */
import { watch, statSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfDescriptors } from '../event/descriptors.ts';
import { ruleFiles } from './folder.ts';

export interface WatchOptions {
  /** The files must stay as they are this long before a change is told: an editor or a checkout may be writing still. */
  readonly debounceMs?: number;
  readonly pollMs?: number;
  /** The state of the folder (`folderState`) that is known already: what differs from it is told. By default as it is now. */
  readonly since?: string | undefined;
}

const hintMs = 50;

/**
 * Calls `onChange` after rule files of the folder were added, changed or removed; never at once, never after `close`. A folder that
 * goes away is a change, and so is its return. Does not keep the process alive.
 */
export function watchRules(
  rulesDir: string,
  onChange: () => void,
  { debounceMs = 200, pollMs = 1000, since = folderState(rulesDir) }: WatchOptions = {},
): { close(): void } {
  let told = since ?? '';
  let seen = told;
  let settling: NodeJS.Timeout | undefined;
  /** Looks again; true if the files are as they were at the last look. */
  const look = (): boolean => {
    const now = folderState(rulesDir);
    // Where no descriptor is free nobody knows: the next look says.
    if (now === undefined || now === seen) return true;
    seen = now;
    clearTimeout(settling);
    settling = setTimeout(settled, debounceMs);
    settling.unref();
    return false;
  };
  const settled = (): void => {
    if (!look() || seen === told) return;
    told = seen;
    onChange();
  };
  const poll = setInterval(look, pollMs);
  poll.unref();
  look();
  let hinted: NodeJS.Timeout | undefined;
  // A checkout gives a hint a file; one look answers them all.
  const stopHints = hints(rulesDir, () => {
    hinted ??= setTimeout(() => {
      hinted = undefined;
      look();
    }, hintMs);
    hinted.unref();
  });
  return {
    close: () => {
      clearInterval(poll);
      clearTimeout(settling);
      stopHints();
      clearTimeout(hinted);
    },
  };
}

/**
 * Which rule files there are and what tells a version of each from another. Take it before the files are read. Undefined: no descriptor is
 * free to look with.
 */
export function folderState(rulesDir: string): string | undefined {
  try {
    return ruleFiles(rulesDir)
      .map((file) => {
        const stat = statSync(join(rulesDir, file), { throwIfNoEntry: false });
        return stat === undefined ? file : `${file} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
      })
      .join('\n');
  } catch (error) {
    if (isOutOfDescriptors(error)) return undefined;
    return `unreadable: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function hints(rulesDir: string, look: () => void): () => void {
  try {
    const watcher = watch(rulesDir, { recursive: true, persistent: false }, look);
    // Without hints the next look comes within a second all the same.
    watcher.on('error', () => {
      watcher.close();
    });
    return () => {
      watcher.close();
    };
  } catch {
    return () => undefined;
  }
}
