/**
 * Watches a rules folder. File system notices make it quick, a look at every file's size and time each second makes it sure: editors
 * replace files, and network file systems give no notices.
 */
import { statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { ruleFiles } from './load.ts';

export interface WatchOptions {
  /** Quiet time after a change before it is reported, so that a save in several steps is one change. */
  readonly debounceMs?: number;
  readonly pollMs?: number;
}

/** Calls `onChange` after rule files were added, changed or removed. */
export function watchRules(
  rulesDir: string,
  onChange: () => void,
  { debounceMs = 200, pollMs = 1_000 }: WatchOptions = {},
): { close(): void } {
  let known = fingerprint(rulesDir);
  let settling: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      const now = fingerprint(rulesDir);
      if (now === known) return;
      known = now;
      onChange();
    }, debounceMs);
  };
  const poll = setInterval(() => {
    if (fingerprint(rulesDir) !== known) settle();
  }, pollMs);
  const notices = watchFolder(rulesDir, settle);
  return {
    close() {
      clearTimeout(settling);
      clearInterval(poll);
      notices?.close();
    },
  };
}

function watchFolder(rulesDir: string, notice: () => void): FSWatcher | undefined {
  try {
    return watch(rulesDir, { recursive: true }, notice).on('error', () => undefined);
  } catch {
    return undefined; // The poll is enough.
  }
}

function fingerprint(rulesDir: string): string {
  try {
    return ruleFiles(rulesDir)
      .map((file) => {
        const { size, mtimeMs, ino } = statSync(join(rulesDir, file));
        return `${file} ${size} ${mtimeMs} ${ino}`;
      })
      .join('\n');
  } catch (error) {
    return String(error);
  }
}
