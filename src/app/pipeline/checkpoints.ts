/**
 * When the state is saved, and how: a snapshot is begun once the match log behind the last one has grown by as much as a snapshot
 * takes, and written in slices between the inputs, so that neither the stream nor a start ever waits long.
 */
import type { Detector } from '../../detect/detector.ts';
import type { Snapshot } from '../../detect/checkpoint.ts';
import type { StateStore } from '../../detect/store/store.ts';

export interface Snapshots {
  /** A snapshot is due, being written, or has left something to clear away: call `slice`. */
  readonly isBusy: boolean;
  /** Takes the next small step, in one transaction; call it again with the same step until it does not throw. */
  slice(): void;
  /** Whether anything of the log is not in a snapshot. */
  readonly isBehind: boolean;
  /** Makes a snapshot due now. */
  request(): void;
}

export interface SnapshotsOptions {
  readonly detector: Detector;
  readonly store: StateStore;
  /** Number of the last row of the match log. */
  lastSeq(): number;
  /** Least growth of the log between two snapshots, in characters: some 32 MB by default. */
  readonly leastLogChars?: number;
}

/** A slice has at least so many bytes, and as many as the log has grown by since the slice before: it cannot run away. */
const leastSliceBytes = 128 * 1024;
/** Rules with few groups have small parts. */
const sliceParts = 200;

interface Writing {
  readonly seq: number;
  readonly snapshot: Snapshot;
  /** Of the log, covered once it is whole. */
  readonly chars: number;
  parts: number;
  bytes: number;
  /** Taken from the snapshot and not on the disk yet. */
  inHand: Uint8Array[];
  /** `appendedChars` at the last slice. */
  sliceAtChars: number;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { detector, store } = options;
  const leastChars = options.leastLogChars ?? 32 * 1024 * 1024;
  let writing: Writing | undefined;
  let isRequested = false;
  // What the process before us left.
  let isPruning = true;
  let lastBytes = 0;
  /** Characters of the log that are in a snapshot, counted as `appendedChars` is. */
  let covered = -store.snapshots.unsavedChars();

  const unsavedChars = (): number => store.appendedChars - covered;
  /** `appendedChars` before which none is begun: the last one was ended by a change of rules, which may be one of many. */
  let notBeforeChars = -Infinity;
  const isDue = (): boolean =>
    isRequested ||
    (unsavedChars() >= Math.max(leastChars, lastBytes) && store.appendedChars >= notBeforeChars);

  function begin(): void {
    const seq = options.lastSeq();
    const isNew = store.transaction((tx) => store.snapshots.begin(tx, seq));
    isRequested = false;
    if (!isNew) return;
    writing = {
      seq,
      snapshot: detector.snapshot(),
      chars: store.appendedChars,
      parts: 0,
      bytes: 0,
      inHand: [],
      sliceAtChars: store.appendedChars,
    };
  }

  /** The next parts, unless there are some that could not be written. */
  function take(from: Writing): void {
    const sliceBytes = Math.max(leastSliceBytes, store.appendedChars - from.sliceAtChars);
    from.sliceAtChars = store.appendedChars;
    let bytes = 0;
    while (from.inHand.length < sliceParts && bytes < sliceBytes) {
      const part = from.snapshot.next();
      if (part === undefined) return;
      from.inHand.push(part);
      bytes += part.length;
    }
  }

  function write(to: Writing): void {
    if (to.inHand.length === 0) take(to);
    const { seq, inHand, snapshot } = to;
    const isLast = snapshot.isComplete;
    store.transaction((tx) => {
      for (const [i, part] of inHand.entries()) store.snapshots.add(tx, seq, to.parts + i, part);
      if (isLast) store.snapshots.finish(tx, seq);
    });
    to.parts += inHand.length;
    to.bytes += inHand.reduce((sum, part) => sum + part.length, 0);
    to.inHand = [];
    if (isLast) {
      covered = to.chars;
      lastBytes = to.bytes;
    }
    // It was ended early: its parts go, another one is due soon.
    const isGivenUp = !isLast && inHand.length === 0;
    if (isGivenUp) notBeforeChars = store.appendedChars + leastChars / 4;
    if (isLast || isGivenUp) {
      writing = undefined;
      isPruning = true;
    }
  }

  return {
    get isBusy() {
      return writing !== undefined || isPruning || isDue();
    },
    slice() {
      if (writing !== undefined) write(writing);
      else if (isPruning) isPruning = store.transaction((tx) => store.snapshots.prune(tx));
      else if (isDue()) begin();
    },
    get isBehind() {
      return unsavedChars() > 0;
    },
    request() {
      isRequested = true;
    },
  };
}
