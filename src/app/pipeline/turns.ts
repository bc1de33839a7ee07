/** Runs work one piece after the other, in the order in which it was handed in. Things that wait side by side may be run together. */

/** A thing that waits for its turn. Resolve or reject it when its outcome is known. */
export interface Handed<T> {
  readonly thing: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface Turns<T> {
  /** Runs `work` alone, behind everything that was handed in before. */
  take(work: () => Promise<void>): Promise<void>;
  /** Hands in a thing for `together`; settles as `together` settles it. */
  join(thing: T): Promise<void>;
  /** Resolves when everything is done that was handed in so far. */
  last(): Promise<void>;
}

export interface TurnsOptions<T> {
  /** Runs things that were handed in one right after the other. Rejects: so do all of them that are not settled yet. */
  readonly together: (group: readonly Handed<T>[]) => Promise<void>;
  /** Returns true if a thing may be run together with those that wait right before it. */
  readonly mayJoin: (thing: T, group: readonly Handed<T>[]) => boolean;
}

export function createTurns<T>({ together, mayJoin }: TurnsOptions<T>): Turns<T> {
  let tail: Promise<void> = Promise.resolve();
  /** The last piece of work, if it is a group that has not begun. */
  let waiting: Handed<T>[] | undefined;

  function take(work: () => Promise<void>): Promise<void> {
    waiting = undefined;
    const done = tail.then(work);
    tail = done.catch(() => undefined);
    return done;
  }

  function begin(first: Handed<T>): void {
    const group = [first];
    const done = take(async () => {
      if (waiting === group) waiting = undefined;
      await together(group);
    });
    done.catch((error: unknown) => {
      for (const { reject } of group) reject(error);
    });
    waiting = group;
  }

  return {
    take,
    join(thing) {
      return new Promise((resolve, reject) => {
        const handed = { thing, resolve, reject };
        if (waiting !== undefined && mayJoin(thing, waiting)) waiting.push(handed);
        else begin(handed);
      });
    },
    last: () => tail,
  };
}
