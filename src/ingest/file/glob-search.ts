/**
 * Finds the files that the globs of a source match, and keeps since when each was looked for. A log that was not there at an earlier search
 * is new, so its files that have been rotated since that search are unread.
 */
import { glob } from 'node:fs/promises';
import type { Clock } from '../../event/clock.ts';
import type { Registry } from './registry.ts';

/** The time of a file may lie a tick of the kernel before a clock that was read earlier. */
const TICK_MS = 20;

const WILDCARD = /[*?[\]{}()!+@]/u;

export class GlobSearch {
  readonly #globs: readonly string[];
  readonly #registry: Registry;
  readonly #nothingAt: (pattern: string) => void;
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #sinceMs = new Map<string, number>();
  #found: ReadonlySet<string> = new Set();

  /** `nothingAt` is called at every search with each pattern that matches nothing. */
  constructor(
    globs: readonly string[],
    registry: Registry,
    clock: Pick<Clock, 'wallMs'>,
    nothingAt: (pattern: string) => void,
  ) {
    this.#globs = globs;
    this.#registry = registry;
    this.#nothingAt = nothingAt;
    this.#clock = clock;
  }

  /** The folders that must be readable before anything can be found: for each pattern the folder above its first wildcard. */
  get folders(): readonly string[] {
    return this.#globs.flatMap((pattern) => {
      const parts = pattern.split('/');
      const wild = parts.findIndex((part) => WILDCARD.test(part));
      return wild < 0 ? [] : [parts.slice(0, wild).join('/') || '/'];
    });
  }

  /** The paths that the latest search found. */
  get paths(): ReadonlySet<string> {
    return this.#found;
  }

  /** Returns all paths that match now. */
  async search(): Promise<ReadonlySet<string>> {
    const startedMs = this.#clock.wallMs();
    const paths = new Set<string>();
    for (const pattern of this.#globs) {
      const firstMs = this.#registry.firstSearch(pattern);
      let any = false;
      for await (const path of glob(pattern)) {
        any = true;
        paths.add(path);
        if (firstMs !== undefined)
          this.#sinceMs.set(path, Math.min(firstMs - TICK_MS, this.#sinceMs.get(path) ?? Infinity));
      }
      if (!any) this.#nothingAt(pattern);
      if (firstMs === undefined) this.#registry.setFirstSearch(pattern, startedMs);
    }
    this.#found = paths;
    return paths;
  }

  /**
   * Returns when a search first looked for this path, ms since epoch. A file beside the path that was written from then on, and is not
   * known, is unread. Undefined when this was the first search, or when no pattern matches the path.
   */
  lookedForSince(path: string): number | undefined {
    return this.#sinceMs.get(path);
  }
}
