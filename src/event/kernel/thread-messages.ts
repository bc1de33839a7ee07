/** The messages between the thread that has the matcher and the threads that read lines for it. One answer follows each request, in order. */
import type { BuildingCall, Candidates } from './line-kernel.ts';
import type { LineProgram } from './line-steps.ts';
import type { Tape } from './tape.ts';

export interface ReadRequest {
  /** Number of the kernel to read with. */
  readonly kernel: number;
  /** Calls that have built the kernel since the request before that named it. */
  readonly building: readonly BuildingCall[];
  /** The candidates of the kernel, where they are others than before. */
  readonly candidates?: Candidates;
  readonly keepsAll: boolean;
  readonly timePath: number | undefined;
  /** The steps of the source, which the calls have put into the kernel. */
  readonly steps: Pick<LineProgram, 'from' | 'to'> | undefined;
  /** The bytes of the lines, from place `base` of the batch on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly base: number;
  /** Places in the batch. */
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** The columns of the tape (tape.ts). */
export interface ReadAnswer extends Omit<Tape, 'kernel' | 'program'> {
  /** The bytes of the request, for the next one. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A thread keeps so many kernels: while rules are changed, the lines before are read with the kernel before. */
export const KERNELS_MAX = 2;
