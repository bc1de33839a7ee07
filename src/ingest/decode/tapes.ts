/** Reads the lines of one source to tapes, in this thread or in others. */
import type { DecodeConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import type { KernelThreads } from '../../event/kernel/kernel-threads.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import type { Tape } from '../../event/kernel/tape.ts';
import type { LineTimeReader } from './line-times.ts';
import { lineSteps } from './steps/line-steps.ts';

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
  const behindJson = multiline === undefined ? lineSteps(steps) : undefined;
  if (behindJson === undefined) return { read: () => undefined, readAhead: () => undefined };
  const isPlain = behindJson.length === 0;

  function read(batch: Batch, kernel: LineKernel): Tape | undefined {
    const { tape } = batch;
    // Other threads do not know what a step makes of a value that is new.
    if (tape?.kernel === kernel && !tape.hasUnknown) return tape;
    const timePath = times?.commonPath(kernel);
    if (isPlain) return kernel.read(batch, timePath);
    const program = kernel.programOf(behindJson!);
    return program && kernel.read(batch, timePath, program);
  }

  function readAhead(batch: Batch, kernel: LineKernel, threads: KernelThreads): Promise<Batch> | undefined {
    const timePath = times?.commonPath(kernel);
    const program = isPlain ? undefined : kernel.programOf(behindJson!);
    if (!isPlain && program === undefined) return undefined;
    return threads.read(kernel, batch, timePath, program).then((tape) => ({ ...batch, tape }));
  }

  return { read, readAhead };
}
