/**
 * When the state is saved, and how: a snapshot is begun once the match log behind the last one has grown by as much as a snapshot
 * takes, and written in slices between the inputs, so that neither the stream nor a start ever waits long.
 */
import type { Detector } from '../../detect/detector.ts';
import type { StateStore } from '../../detect/store/store.ts';

export interface Checkpoints {
  /** A snapshot is due, being written, or has left something to clear away: call `slice`. */
  readonly isBusy: boolean;
  /** Takes the next small step, in one transaction; call it again with the same step until it does not throw. */
  slice(): void;
  /** Whether anything of the log is not in a snapshot. */
  readonly isBehind: boolean;
  /** Makes a snapshot due now. */
  request(): void;
}

export interface CheckpointsOptions {
  readonly detector: Detector;
  readonly store: StateStore;
  /** Number of the last row of the match log. */
  lastSeq(): number;
  /** Least growth of the log between two snapshots, in characters: some 32 MB by default. */
  readonly logCharsMin?: number;
}

/** A slice has at least so many bytes, and as many as the log has grown by since the slice before: it cannot run away. */
const SLICE_MIN_BYTES = 128 * 1024;
/** Rules with few groups have small parts. */
const SLICE_PARTS = 200;

export function createCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { store } = options;
  const growth = createGrowth(store, options.logCharsMin ?? 32 * 1024 * 1024);
  let writing: CheckpointWriting | undefined;
  // What the process before us left.
  let isPruning = true;

  function begin(): void {
    const seq = options.lastSeq();
    const isNew = store.transaction((tx) => store.checkpoints.begin(tx, seq));
    growth.begun();
    if (isNew) writing = createWriting(options, seq);
  }

  function write(to: CheckpointWriting): void {
    const end = to.writeSlice();
    if (end === undefined) return;
    if (end.isWhole) growth.saved(end);
    else growth.givenUp();
    writing = undefined;
    isPruning = true;
  }

  return {
    get isBusy() {
      return writing !== undefined || isPruning || growth.isDue();
    },
    slice() {
      if (writing !== undefined) write(writing);
      else if (isPruning) isPruning = store.transaction((tx) => store.checkpoints.prune(tx));
      else if (growth.isDue()) begin();
    },
    get isBehind() {
      return growth.unsavedChars() > 0;
    },
    request: () => growth.request(),
  };
}

/** How a snapshot ended: whole, or given up because the detector ended it. */
interface CheckpointEnd {
  readonly isWhole: boolean;
  /** Characters of the log that it covers, counted as `appendedChars` is. */
  readonly chars: number;
  readonly bytes: number;
}

/** How far the log has grown behind the last snapshot, and whether another one is due. */
interface Growth {
  unsavedChars(): number;
  isDue(): boolean;
  /** One is due now, whatever has grown. */
  request(): void;
  begun(): void;
  saved(end: CheckpointEnd): void;
  givenUp(): void;
}

function createGrowth(store: CheckpointsOptions['store'], charsMin: number): Growth {
  let isRequested = false;
  let lastBytes = 0;
  /** Characters of the log that are in a snapshot, counted as `appendedChars` is. */
  let covered = -store.checkpoints.unsavedChars();
  /** `appendedChars` before which none is begun: the last one was ended by a change of rules, which may be one of many. */
  let notBeforeChars = -Infinity;
  const unsavedChars = (): number => store.appendedChars - covered;
  return {
    unsavedChars,
    isDue: () =>
      isRequested ||
      (unsavedChars() >= Math.max(charsMin, lastBytes) && store.appendedChars >= notBeforeChars),
    request: () => void (isRequested = true),
    begun: () => void (isRequested = false),
    saved({ chars, bytes }) {
      covered = chars;
      lastBytes = bytes;
    },
    givenUp: () => void (notBeforeChars = store.appendedChars + charsMin / 4),
  };
}

/** A snapshot that is being written. */
interface CheckpointWriting {
  /** Writes the next parts, or those that could not be written. Gives how it ended, where it has. */
  writeSlice(): CheckpointEnd | undefined;
}

function createWriting(
  { detector, store }: Pick<CheckpointsOptions, 'detector' | 'store'>,
  seq: number,
): CheckpointWriting {
  const checkpoint = detector.checkpoint();
  const chars = store.appendedChars;
  let parts = 0;
  let bytes = 0;
  /** Taken from the snapshot and not on the disk yet. */
  let inHand: Uint8Array[] = [];
  /** `appendedChars` at the last slice. */
  let sliceAtChars = chars;

  function take(): void {
    const sliceBytes = Math.max(SLICE_MIN_BYTES, store.appendedChars - sliceAtChars);
    sliceAtChars = store.appendedChars;
    let taken = 0;
    while (inHand.length < SLICE_PARTS && taken < sliceBytes) {
      const part = checkpoint.next();
      if (part === undefined) return;
      inHand.push(part);
      taken += part.length;
    }
  }

  return {
    writeSlice() {
      if (inHand.length === 0) take();
      const isWhole = checkpoint.isComplete;
      store.transaction((tx) => {
        for (const [i, part] of inHand.entries()) store.checkpoints.add(tx, seq, parts + i, part);
        if (isWhole) store.checkpoints.finish(tx, seq);
      });
      // It was ended early: its parts go, another one is due soon.
      const isGivenUp = !isWhole && inHand.length === 0;
      parts += inHand.length;
      bytes += inHand.reduce((sum, part) => sum + part.length, 0);
      inHand = [];
      return isWhole || isGivenUp ? { isWhole, chars, bytes } : undefined;
    },
  };
}
