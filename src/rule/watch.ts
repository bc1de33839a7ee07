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
   * undefined. Files that lie still are not taken up meanwhile: a rule may be on its way from one file to another.
   */
  readonly onUnrest?: (file: string | undefined) => void;
  readonly unrestMs?: number;
}

const HINT_MS = 50;
/** After a look so many times as long as it took: what is written into the folder all the time takes little of the thread. */
const REST_SHARE = 4;

/**
 * Calls `onChange` after rule files of the folder were added, changed or removed; never at once, never after `close`. The change is taken up
 * when what it gives is resolved. A folder that goes away is a change, and so is its return. Does not keep the process alive.
 */
export function watchRules(
  rulesDir: string,
  onChange: () => unknown,
  options: WatchOptions,
): { close(): void } {
  const watching = new FolderWatch(rulesDir, onChange, options);
  return { close: () => watching.close() };
}

/** Looks at the folder by the interval and at each hint; a state that differs is told once two looks have found the same. */
class FolderWatch {
  readonly #rulesDir: string;
  readonly #onChange: () => unknown;
  readonly #debounceMs: number;
  readonly #unrest: Unrest;
  readonly #poll: NodeJS.Timeout;
  readonly #stopHints: () => void;
  #isClosed = false;
  /** The state that the last look found, and the one that was told last. */
  #seen: string;
  #reported: string;
  #quietTimer: NodeJS.Timeout | undefined;
  #hinted: NodeJS.Timeout | undefined;
  #underWay: Promise<boolean> | undefined;
  /** How long the last look took. */
  #tookMs = 0;
  #changes = 0;

  constructor(
    rulesDir: string,
    onChange: () => unknown,
    { since, debounceMs = 200, pollMs = 1000, onUnrest, unrestMs = 30_000 }: WatchOptions,
  ) {
    this.#rulesDir = rulesDir;
    this.#onChange = onChange;
    this.#debounceMs = debounceMs;
    this.#unrest = new Unrest(unrestMs, onUnrest);
    this.#seen = since;
    this.#reported = since;
    this.#poll = setInterval(() => void this.#look(), pollMs);
    this.#poll.unref();
    void this.#look();
    this.#stopHints = hints(rulesDir, () => this.#hint());
  }

  close(): void {
    this.#isClosed = true;
    this.#unrest.close();
    clearInterval(this.#poll);
    clearTimeout(this.#quietTimer);
    this.#stopHints();
    clearTimeout(this.#hinted);
  }

  /** A checkout gives a hint a file; one look answers them all. */
  #hint(): void {
    this.#hinted ??= setTimeout(
      () => {
        this.#hinted = undefined;
        void this.#look();
      },
      Math.max(HINT_MS, REST_SHARE * this.#tookMs),
    );
    this.#hinted.unref();
  }

  /** Looks again, or waits for a look that is under way; true if the files are as they were at the last look. */
  #look(): Promise<boolean> {
    return (this.#underWay ??= this.#lookOnce().finally(() => (this.#underWay = undefined)));
  }

  async #lookOnce(): Promise<boolean> {
    const begunMs = performance.now();
    const now = await folderStateInSlices(this.#rulesDir);
    this.#tookMs = performance.now() - begunMs;
    // Where no descriptor is free nobody knows: the next look says.
    if (this.#isClosed || now === undefined || now === this.#seen) return true;
    this.#unrest.changed(this.#seen, now);
    this.#seen = now;
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => void this.#quiet(), this.#debounceMs);
    this.#quietTimer.unref();
    return false;
  }

  async #quiet(): Promise<void> {
    const before = this.#seen;
    // A look that is under way may have passed by a file that is being written now.
    await this.#underWay;
    // A change that this look saw has a timer of its own.
    if (this.#seen !== before || !(await this.#look()) || this.#isClosed) return;
    if (this.#seen !== this.#reported) {
      this.#reported = this.#seen;
      const change = ++this.#changes;
      await this.#onChange();
      // A change that came meanwhile has a timer of its own.
      if (change !== this.#changes || this.#seen !== this.#reported) return;
    }
    this.#unrest.over();
  }
}

/** Tells when changes have gone on for too long, and when they are over. */
class Unrest {
  readonly #limitMs: number;
  #tell: WatchOptions['onUnrest'];
  #sinceMs: number | undefined;
  #isTold = false;

  constructor(limitMs: number, tell: WatchOptions['onUnrest']) {
    this.#limitMs = limitMs;
    this.#tell = tell;
  }

  changed(before: string, now: string): void {
    this.#sinceMs ??= performance.now();
    if (performance.now() - this.#sinceMs < this.#limitMs) return;
    this.#isTold = true;
    this.#tell?.(changedFile(before, now));
  }

  over(): void {
    this.#sinceMs = undefined;
    if (this.#isTold) this.#tell?.(undefined);
    this.#isTold = false;
  }

  /** Nothing is told any more. */
  close(): void {
    this.#tell = undefined;
  }
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

/** Does the work of `folderState` in slices, so that the stream can go on. */
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
