/**
 * Which files the globs of a source match, and since when somebody looks: a log that was not there at an earlier search is new, and what
 * has been rotated of it since is unread.
 */
import { glob } from 'node:fs/promises';
import type { Clock } from '../../event/clock.ts';
import type { Registry } from './registry.ts';

/** The time of a file may lie a tick of the kernel before the clock that was read before it. */
const TICK_MS = 20;

const WILDCARD = /[*?[\]{}()!+@]/u;

export class GlobSearch {
  private readonly globs: readonly string[];
  private readonly registry: Registry;
  private readonly nothingAt: (pattern: string) => void;
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly sinceMs = new Map<string, number>();
  private found: ReadonlySet<string> = new Set();

  /** `nothingAt` is called with each pattern that matches nothing, at every search. */
  constructor(
    globs: readonly string[],
    registry: Registry,
    clock: Pick<Clock, 'wallMs'>,
    nothingAt: (pattern: string) => void,
  ) {
    this.globs = globs;
    this.registry = registry;
    this.nothingAt = nothingAt;
    this.clock = clock;
  }

  /** The folders that must be looked into before anything can be found: of each pattern the one above its first wildcard. */
  get folders(): readonly string[] {
    return this.globs.flatMap((pattern) => {
      const parts = pattern.split('/');
      const wild = parts.findIndex((part) => WILDCARD.test(part));
      return wild < 0 ? [] : [parts.slice(0, wild).join('/') || '/'];
    });
  }

  /** What the latest search found. */
  get paths(): ReadonlySet<string> {
    return this.found;
  }

  /** All paths that match now. */
  async search(): Promise<ReadonlySet<string>> {
    const startedMs = this.clock.wallMs();
    const paths = new Set<string>();
    for (const pattern of this.globs) {
      const firstMs = this.registry.firstSearch(pattern);
      let any = false;
      for await (const path of glob(pattern)) {
        any = true;
        paths.add(path);
        if (firstMs !== undefined)
          this.sinceMs.set(path, Math.min(firstMs - TICK_MS, this.sinceMs.get(path) ?? Infinity));
      }
      if (!any) this.nothingAt(pattern);
      if (firstMs === undefined) this.registry.setFirstSearch(pattern, startedMs);
    }
    this.found = paths;
    return paths;
  }

  /**
   * When a search first looked for this path, ms since epoch: what was written from then on beside it is unread where it is not known.
   * Undefined where this was the first search, or none looks for it.
   */
  lookedForSince(path: string): number | undefined {
    return this.sinceMs.get(path);
  }
}
