/**
 * What a simulated process writes. It dies at its n-th effect, before it or right after it: from then on nothing it does reaches the disk
 * or a receiver, and what had not been committed is not there at the next start. While the disk is full, writes fail as SQLite's do. What
 * was committed to the match log is noted, as truth for whoever judges the run.
 */
import type { DetectInput } from '../../src/detect/input/input.ts';
import type { StateStore } from '../../src/detect/store/store.ts';
import type { Outbox } from '../../src/notify/outbox/outbox.ts';

export class Crashed extends Error {
  override readonly name = 'Crashed';
}

export interface Mortal {
  readonly isOver: () => boolean;
  /** Called before and after every effect. Throws Crashed at the fatal one and ever after. */
  point(): void;
  /** Dies now. */
  end(): void;
}

/** A life that ends at its `fatal`-th point. */
export function mortal(fatal: number): Mortal {
  let points = 0;
  let over = false;
  return {
    isOver: () => over,
    point() {
      points += 1;
      if (points >= fatal) over = true;
      if (over) throw new Crashed('the process is gone');
    },
    end: () => {
      over = true;
    },
  };
}

/** A row of the match log as it was committed. */
export interface Committed {
  readonly input: DetectInput;
  /** Of a batch: the offset after its last line. */
  readonly nextOffset?: number;
}

/** The disk of a machine: it outlives its processes. */
export interface Disk {
  readonly committed: Committed[];
  /** Whether a write that is tried now finds no room. */
  hasRoom(): boolean;
}

/** As node:sqlite says it. */
function fullDisk(): Error {
  return Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
}

function claimRoom(disk: Disk): void {
  if (!disk.hasRoom()) throw fullDisk();
}

/** An effect: fatal before it or right after it. */
function effects(
  life: Mortal,
  disk: Disk,
): <A extends unknown[], T>(work: (...args: A) => T) => (...args: A) => T {
  return (work) =>
    (...args) => {
      life.point();
      claimRoom(disk);
      const result = work(...args);
      life.point();
      return result;
    };
}

export function mortalStore(store: StateStore, life: Mortal, disk: Disk): StateStore {
  const effect = effects(life, disk);
  const rows: Committed[] = [];
  return {
    ...store,
    transaction(run) {
      life.point();
      rows.length = 0;
      const result = store.transaction((tx) => {
        const made = run(tx);
        // A write that was cut off before its COMMIT, or whose COMMIT found no room.
        life.point();
        claimRoom(disk);
        return made;
      });
      disk.committed.push(...rows);
      // A process that never learned of its success.
      life.point();
      return result;
    },
    append: effect((tx, input) => {
      const seq = store.append(tx, input);
      rows.push({ input });
      return seq;
    }),
    setPosition: effect((tx, source, partition, position) => {
      store.setPosition(tx, source, partition, position);
      rows.push({ ...rows.pop()!, nextOffset: position.offset });
    }),
    recordEpisode: effect(store.recordEpisode.bind(store)),
    // A disk that loses nothing need not be watched.
    age: { ...store.age, note: () => undefined },
    get appendedBytes() {
      return store.appendedBytes;
    },
    checkpoints: {
      ...store.checkpoints,
      begin: effect(store.checkpoints.begin.bind(store.checkpoints)),
      add: effect(store.checkpoints.add.bind(store.checkpoints)),
      finish: effect(store.checkpoints.finish.bind(store.checkpoints)),
      prune: effect(store.checkpoints.prune.bind(store.checkpoints)),
    },
  };
}

export function mortalOutbox(outbox: Outbox, life: Mortal, disk: Disk): Outbox {
  const effect = effects(life, disk);
  /** What a dead process would read nobody sees. */
  const look =
    <A extends unknown[], T>(work: (...args: A) => T, nothing: T): ((...args: A) => T) =>
    (...args) =>
      life.isOver() ? nothing : work(...args);
  return {
    add: effect(outbox.add.bind(outbox)),
    attempt: effect(outbox.attempt.bind(outbox)),
    sent: effect(outbox.sent.bind(outbox)),
    retry: effect(outbox.retry.bind(outbox)),
    giveUp: effect(outbox.giveUp.bind(outbox)),
    waiting: look(outbox.waiting.bind(outbox), []),
    crowds: look(outbox.crowds.bind(outbox), []),
    due: look(outbox.due.bind(outbox), []),
    nextDueMs: look(outbox.nextDueMs.bind(outbox), undefined),
    attemptsSince: look(outbox.attemptsSince.bind(outbox), []),
    openingOf: look(outbox.openingOf.bind(outbox), undefined),
    owes: look(outbox.owes.bind(outbox), false),
    backlog: look(outbox.backlog.bind(outbox), { pending: 0, ageMs: 0 }),
    prune: look(outbox.prune.bind(outbox), 0),
  };
}
