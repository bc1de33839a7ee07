/** Reads the lines of one source to tapes, in this thread or in others. */
import type { DecodeConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import type { KernelThreads } from '../../event/kernel/kernel-threads.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import type { Tape } from '../../event/kernel/tape.ts';
import type { LineTimeReader } from './line-times.ts';
import { isPlainJson } from './steps/compile.ts';

export interface Tapes {
  /** Returns the tape of a batch; undefined if the lines have to be read the plain way. */
  read(batch: Batch, kernel: LineKernel): Tape | undefined;
  /** Reads lines in other threads. Resolves with the batch that has their tape. Undefined if the lines have to be read the plain way. */
  readonly readAhead: (
    batch: Batch,
    kernel: LineKernel,
    threads: KernelThreads,
  ) => Promise<Batch> | undefined;
}

export function createTapes({ steps, multiline }: DecodeConfig, times: LineTimeReader | undefined): Tapes {
  if (!isPlainJson(steps) || multiline !== undefined)
    return { read: () => undefined, readAhead: () => undefined };
  return {
    read: (batch, kernel) =>
      batch.tape?.kernel === kernel ? batch.tape : kernel.read(batch, times?.commonPath(kernel)),
    async readAhead(batch, kernel, threads) {
      return { ...batch, tape: await threads.read(kernel, batch, times?.commonPath(kernel)) };
    },
  };
}
