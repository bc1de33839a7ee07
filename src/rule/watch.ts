/**
 * Notices changes of the rules folder. The state of the files, looked at every second, is the truth. The events of the file system
 * (fs.watch) are only a hint to look at once: they are missing on network mounts, and when an editor replaces a file. A look goes through
 * thousands of files at the most, in slices, so that the stream does not wait.
 */
import { watch, statSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfDescriptors } from '../event/descriptors.ts';
import { inSlices, whole, type Slices } from '../event/slices.ts';
import { findingRuleFiles } from './folder.ts';

export interface WatchOptions {
  /** The state of the folder (`folderState`) that is known already. A difference from it is a change. */
  readonly since: string;
  /** The files must stay unchanged for so long before a change is reported: an editor or a checkout may still be writing. */
  readonly debounceMs?: number;
  readonly pollMs?: number;
  /**
   * Called with a changing file once changes have gone on for `unrestMs`, so that none could be taken up. Called with undefined once
   * everything is taken up. Until then, files that have come to rest are not taken up either: a rule may be on its way from one file to
   * another.
   */
  readonly onUnrest?: (file: string | undefined) => void;
  readonly unrestMs?: number;
}

const HINT_MS = 50;
/**
 * After a look, the watch rests this many times as long as the look took. So a folder that is written to all the time takes little of the
 * thread.
 */
const REST_SHARE = 4;

/**
 * Calls `onChange` after rule files of the folder were added, changed or removed; never at once, and never after `close`. The change is
 * taken up when the promise of `onChange` resolves. A folder that goes away is a change, and so is its return. Does not keep the process
 * alive.
 */
export function watchRules(
  rulesDir: string,
  onChange: () => unknown,
  options: WatchOptions,
): { close(): void } {
  const watching = new FolderWatch(rulesDir, onChange, options);
  return { close: () => watching.close() };
}

/** Looks at the folder by the interval and at each hint. A state that differs is reported once two looks have found the same. */
class FolderWatch {
  readonly #rulesDir: string;
  readonly #onChange: () => unknown;
  readonly #debounceMs: number;
  readonly #unrest: Unrest;
  readonly #poll: NodeJS.Timeout;
  readonly #stopHints: () => void;
  #isClosed = false;
  /** The state that the last look found (`#seen`), and the state that was reported last (`#reported`). */
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

  /** A checkout gives a hint for each file; one look answers all of them. */
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

  /** Looks again, or waits for a look that is under way. Returns true if the files are as they were at the last look. */
  #look(): Promise<boolean> {
    return (this.#underWay ??= this.#lookOnce().finally(() => (this.#underWay = undefined)));
  }

  async #lookOnce(): Promise<boolean> {
    const begunMs = performance.now();
    const now = await folderStateInSlices(this.#rulesDir);
    this.#tookMs = performance.now() - begunMs;
    // If no descriptor is free, nobody knows: the next look will show.
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
    // A look that is under way may already have passed a file that is being written now.
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

/** Reports when changes have gone on for too long, and when they are over. */
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

  /** Ends all reports. */
  close(): void {
    this.#tell = undefined;
  }
}

/** Returns, for people, a file that is not the same in both states. */
function changedFile(before: string, now: string): string {
  const [earlier, later] = [before.split('\n'), now.split('\n')];
  const known = new Set(earlier);
  const still = new Set(later);
  const line = later.find((each) => !known.has(each)) ?? earlier.find((each) => !still.has(each));
  return /^(.*\.rule)(?: |$)/u.exec(line ?? '')?.[1] ?? 'the folder itself';
}

/**
 * Returns a text that shows which rule files there are, and tells the versions of each apart. Call it before the files are read. Undefined
 * if no descriptor is free.
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
    // Folders inside it are not watched: on Linux, Node then searches all of them again, at once, for each file that is added.
    const watcher = watch(rulesDir, { persistent: false }, look);
    // Without hints, the next look still comes within a second.
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
