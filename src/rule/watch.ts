/**
 * Notices when the rules folder changes. The state of the files, looked at every second, is the truth; the file system's own
 * notice (fs.watch) is only a hint to look at once, since it is silent on network mounts and when an editor replaces a file.
 * A look goes through thousands of files at the most, in slices: the stream does not wait.
 */
import { watch, statSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfDescriptors } from '../event/descriptors.ts';
import { inSlices, whole, type Slices } from '../event/slices.ts';
import { findingRuleFiles } from './folder.ts';

export interface WatchOptions {
  /** The state of the folder (`folderState`) that is known already: what differs from it is told. */
  readonly since: string;
  /** The files must stay as they are this long before a change is told: an editor or a checkout may be writing still. */
  readonly debounceMs?: number;
  readonly pollMs?: number;
  /**
   * Told at a change after so long that no earlier one could be taken up, with a file that changes; then, once all is taken up, of
   * undefined. What lies still is not taken up meanwhile: a rule may be on its way from one file to another.
   */
  readonly onUnrest?: (file: string | undefined) => void;
  readonly unrestMs?: number;
}

const hintMs = 50;
/** After a look so many times as long as it took: what is written into the folder all the time takes little of the thread. */
const restShare = 4;

/**
 * Calls `onChange` after rule files of the folder were added, changed or removed; never at once, never after `close`. The change is taken up
 * when what it gives is resolved. A folder that goes away is a change, and so is its return. Does not keep the process alive.
 */
export function watchRules(
  rulesDir: string,
  onChange: () => unknown,
  { since, debounceMs = 200, pollMs = 1000, onUnrest, unrestMs = 30_000 }: WatchOptions,
): { close(): void } {
  let told = since;
  let seen = told;
  let isClosed = false;
  let settling: NodeJS.Timeout | undefined;
  let underWay: Promise<boolean> | undefined;
  let tookMs = 0;
  let changes = 0;
  let changingSinceMs: number | undefined;
  let isUnrest = false;
  const noteUnrest = (before: string, now: string): void => {
    changingSinceMs ??= performance.now();
    if (performance.now() - changingSinceMs < unrestMs) return;
    isUnrest = true;
    onUnrest?.(changedFile(before, now));
  };
  const noteRest = (): void => {
    changingSinceMs = undefined;
    if (isUnrest && !isClosed) onUnrest?.(undefined);
    isUnrest = false;
  };
  const lookOnce = async (): Promise<boolean> => {
    const begunMs = performance.now();
    const now = await folderStateInSlices(rulesDir);
    tookMs = performance.now() - begunMs;
    // Where no descriptor is free nobody knows: the next look says.
    if (isClosed || now === undefined || now === seen) return true;
    noteUnrest(seen, now);
    seen = now;
    clearTimeout(settling);
    settling = setTimeout(() => void settled(), debounceMs);
    settling.unref();
    return false;
  };
  /** Looks again, or waits for a look that is under way; true if the files are as they were at the last look. */
  const look = (): Promise<boolean> => (underWay ??= lookOnce().finally(() => (underWay = undefined)));
  const settled = async (): Promise<void> => {
    const before = seen;
    // It may have passed by a file that is being written now.
    await underWay;
    // What that look saw settles by itself.
    if (seen !== before || !(await look()) || isClosed) return;
    if (seen !== told) {
      told = seen;
      const change = ++changes;
      await onChange();
      // What came meanwhile is taken up by itself.
      if (change !== changes || seen !== told) return;
    }
    noteRest();
  };
  const poll = setInterval(() => void look(), pollMs);
  poll.unref();
  void look();
  let hinted: NodeJS.Timeout | undefined;
  // A checkout gives a hint a file; one look answers them all.
  const stopHints = hints(rulesDir, () => {
    hinted ??= setTimeout(
      () => {
        hinted = undefined;
        void look();
      },
      Math.max(hintMs, restShare * tookMs),
    );
    hinted.unref();
  });
  return {
    close: () => {
      isClosed = true;
      clearInterval(poll);
      clearTimeout(settling);
      stopHints();
      clearTimeout(hinted);
    },
  };
}

/** A file that is not in both states as it is, for people. */
function changedFile(before: string, now: string): string {
  const [earlier, later] = [before.split('\n'), now.split('\n')];
  const known = new Set(earlier);
  const still = new Set(later);
  const line = later.find((each) => !known.has(each)) ?? earlier.find((each) => !still.has(each));
  return /^(.*\.rule)(?: |$)/u.exec(line ?? '')?.[1] ?? 'the folder itself';
}

/**
 * Which rule files there are and what tells a version of each from another. Take it before the files are read. Undefined: no descriptor is
 * free to look with.
 */
export function folderState(rulesDir: string): string | undefined {
  return whole(lookingAt(rulesDir));
}

/** The same beside a stream. */
export async function folderStateInSlices(rulesDir: string): Promise<string | undefined> {
  return await inSlices(lookingAt(rulesDir));
}

function* lookingAt(rulesDir: string): Slices<string | undefined> {
  try {
    return yield* lookingAtFiles(rulesDir);
  } catch (error) {
    if (isOutOfDescriptors(error)) return undefined;
    return `unreadable: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function* lookingAtFiles(rulesDir: string): Slices<string> {
  const states: string[] = [];
  for (const file of yield* findingRuleFiles(rulesDir)) {
    const stat = statSync(join(rulesDir, file), { throwIfNoEntry: false });
    const version = stat === undefined ? [] : [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs];
    states.push([file, ...version].join(' '));
    yield;
  }
  return states.join('\n');
}

function hints(rulesDir: string, look: () => void): () => void {
  try {
    // Not what lies in folders of it: on Linux Node looks through all of them again for each file that is added, in one go.
    const watcher = watch(rulesDir, { persistent: false }, look);
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
