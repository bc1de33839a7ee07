/**
 * Decides when a checkpoint is written, and writes it. A checkpoint begins once the journal after the last one has grown by as much as a
 * checkpoint takes. It is written in slices between the inputs, so that neither the stream nor a start waits long.
 */
import type { Detector } from '../../detect/detector.ts';
import type { StateStore } from '../../detect/store/store.ts';

export interface Checkpoints {
  /** True while a checkpoint is due, is being written, or has left rows to delete: call `slice`. */
  readonly isBusy: boolean;
  /** Takes the next small step in one transaction. Where it throws, call it again: it repeats the same step. */
  slice(): void;
  /** True while the journal has rows that no checkpoint covers. */
  readonly isBehind: boolean;
  /** Makes a checkpoint due now. */
  request(): void;
}

export interface CheckpointsOptions {
  readonly detector: Detector;
  readonly store: StateStore;
  /** Returns the number of the last row of the journal. */
  lastSeq(): number;
  /** Minimum growth of the journal between two checkpoints, in bytes; about 32 MB by default. */
  readonly logBytesMin?: number;
}

/**
 * Minimum size of a slice. A slice is also at least as large as the growth of the journal since the slice before, so that the journal
 * cannot outrun the checkpoint.
 */
const SLICE_MIN_BYTES = 128 * 1024;
/** Maximum number of parts in a slice. Rules with few groups have small parts. */
const SLICE_PARTS = 200;

export function createCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { store } = options;
  const growth = createGrowth(store, options.logBytesMin ?? 32 * 1024 * 1024);
  let writing: CheckpointWriting | undefined;
  // The process before this one may have left rows to delete.
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
      return growth.unsavedBytes() > 0;
    },
    request: () => growth.request(),
  };
}

/** The end of a checkpoint: it is whole, or it was given up because the detector ended it. */
interface CheckpointEnd {
  readonly isWhole: boolean;
  /** Bytes of the journal that the checkpoint covers, counted as `appendedBytes` is. */
  readonly coveredBytes: number;
  readonly bytes: number;
}

/** Measures how far the journal has grown since the last checkpoint, and decides whether the next one is due. */
interface Growth {
  unsavedBytes(): number;
  isDue(): boolean;
  /** Makes a checkpoint due now, however little the journal has grown. */
  request(): void;
  begun(): void;
  saved(end: CheckpointEnd): void;
  givenUp(): void;
}

function createGrowth(store: CheckpointsOptions['store'], bytesMin: number): Growth {
  let isRequested = false;
  let lastBytes = 0;
  /** Bytes of the journal that the last checkpoint covers, counted as `appendedBytes` is. */
  let covered = -store.checkpoints.unsavedBytes();
  /**
   * No checkpoint begins before `appendedBytes` reaches this. It is set when a change of rules has ended a checkpoint, because more changes
   * may follow.
   */
  let notBeforeBytes = -Infinity;
  const unsavedBytes = (): number => store.appendedBytes - covered;
  return {
    unsavedBytes,
    isDue: () =>
      isRequested ||
      (unsavedBytes() >= Math.max(bytesMin, lastBytes) && store.appendedBytes >= notBeforeBytes),
    request: () => void (isRequested = true),
    begun: () => void (isRequested = false),
    saved({ coveredBytes, bytes }) {
      covered = coveredBytes;
      lastBytes = bytes;
    },
    givenUp: () => void (notBeforeBytes = store.appendedBytes + bytesMin / 4),
  };
}

/** A checkpoint that is being written. */
interface CheckpointWriting {
  /** Writes the next parts, or again the parts that could not be written. Returns how the checkpoint ended; undefined while it goes on. */
  writeSlice(): CheckpointEnd | undefined;
}

function createWriting(
  { detector, store }: Pick<CheckpointsOptions, 'detector' | 'store'>,
  seq: number,
): CheckpointWriting {
  const checkpoint = detector.checkpoint();
  const coveredBytes = store.appendedBytes;
  let parts = 0;
  let bytes = 0;
  /** Parts taken from the detector's checkpoint that are not on the disk yet. */
  let inHand: Uint8Array[] = [];
  /** `appendedBytes` at the last slice. */
  let sliceAtBytes = coveredBytes;

  function take(): void {
    const sliceBytes = Math.max(SLICE_MIN_BYTES, store.appendedBytes - sliceAtBytes);
    sliceAtBytes = store.appendedBytes;
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
      // The detector has ended the checkpoint early: its parts are deleted, and another checkpoint is due soon.
      const isGivenUp = !isWhole && inHand.length === 0;
      parts += inHand.length;
      bytes += inHand.reduce((sum, part) => sum + part.length, 0);
      inHand = [];
      return isWhole || isGivenUp ? { isWhole, coveredBytes, bytes } : undefined;
    },
  };
}
