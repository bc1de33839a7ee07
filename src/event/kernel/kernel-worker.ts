/** A thread that reads lines with kernels that it builds as the thread of the matcher has built its own (kernel-threads.ts). */
import { parentPort } from 'node:worker_threads';
import { LineKernel } from './line-kernel.ts';
import { addShift } from './tape.ts';
import { KERNELS_MAX, type ReadAnswer, type ReadRequest } from './thread-messages.ts';

const kernels = new Map<number, LineKernel>();

function kernelOf({ kernel: number, building, candidates, keepsAll }: ReadRequest): LineKernel {
  const kernel = kernels.get(number) ?? new LineKernel();
  // The kernel that was used last stands last.
  kernels.delete(number);
  kernels.set(number, kernel);
  for (const oldest of kernels.keys()) if (kernels.size > KERNELS_MAX) kernels.delete(oldest);
  kernel.repeat(building);
  if (candidates !== undefined) kernel.setCandidates(candidates);
  kernel.keepsAll = keepsAll;
  return kernel;
}

function read(request: ReadRequest): ReadAnswer {
  const { bytes, base, timePath, steps } = request;
  // Only the thread of the matcher knows what changes do, and reads the values that a step leaves for later.
  const program = steps && { ...steps, steps: [], later: new Map<number, never>() };
  const starts = request.starts.map((at) => at - base);
  const ends = request.ends.map((at) => at - base);
  const tape = kernelOf(request).read({ bytes, starts, ends, offsets: starts }, timePath, program);
  addShift(tape.values, 0, base);
  const {
    pathCount,
    hasAll,
    hasUnknown,
    states,
    timesMs,
    hitsFrom,
    hits,
    valuesFrom,
    values,
    triedFrom,
    tried,
  } = tape;
  const lines = { pathCount, hasAll, hasUnknown, states, timesMs };
  return { ...lines, hitsFrom, hits, valuesFrom, values, triedFrom, tried, bytes };
}

parentPort!.on('message', (request: ReadRequest) => {
  const answer = read(request);
  const buffers = Object.values(answer).flatMap((column: unknown) =>
    ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : [],
  );
  parentPort!.postMessage(answer, buffers);
});
