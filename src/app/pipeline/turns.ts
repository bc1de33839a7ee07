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
  /**
   * Hands in a thing for `together`; settles as `together` settles it. `alone`: resolves when it is known that no thing follows soon. Until
   * then the thing waits for others, but never where one without `alone` waits with it or behind it.
   */
  join(thing: T, alone?: Promise<unknown>): Promise<void>;
  /** Resolves when everything is done that was handed in so far. */
  last(): Promise<void>;
}

export interface TurnsOptions<T> {
  /** Runs things that were handed in one right after the other. Rejects: so do all of them that are not settled yet. */
  readonly together: (group: readonly Handed<T>[]) => Promise<void>;
  /** Returns true if a thing may be run together with those that wait right before it. */
  readonly mayJoin: (thing: T, group: readonly Handed<T>[]) => boolean;
}

/** Things that wait to be run together. */
interface Group<T> {
  readonly all: Handed<T>[];
  /** Resolves when none of them waits for others. */
  readonly ready: PromiseWithResolvers<undefined>;
}

export function createTurns<T>({ together, mayJoin }: TurnsOptions<T>): Turns<T> {
  let tail: Promise<void> = Promise.resolve();
  /** The last piece of work, if it is a group that has not begun. */
  let waiting: Group<T> | undefined;

  function take(work: () => Promise<void>): Promise<void> {
    waiting?.ready.resolve(undefined);
    waiting = undefined;
    const done = tail.then(work);
    tail = done.catch(() => undefined);
    return done;
  }

  function begin(first: Handed<T>): Group<T> {
    const group = { all: [first], ready: Promise.withResolvers<undefined>() };
    const done = take(async () => {
      await group.ready.promise;
      if (waiting === group) waiting = undefined;
      await together(group.all);
    });
    done.catch((error: unknown) => {
      for (const { reject } of group.all) reject(error);
    });
    return group;
  }

  function enter(handed: Handed<T>): Group<T> {
    if (waiting === undefined || !mayJoin(handed.thing, waiting.all)) return begin(handed);
    waiting.all.push(handed);
    return waiting;
  }

  return {
    take,
    join(thing, alone) {
      return new Promise((resolve, reject) => {
        const handed = { thing, resolve, reject };
        const group = (waiting = enter(handed));
        if (alone === undefined) group.ready.resolve(undefined);
        else
          void alone.then(() => {
            if (group.all.at(-1) === handed) group.ready.resolve(undefined);
          });
      });
    },
    last: () => tail,
  };
}
