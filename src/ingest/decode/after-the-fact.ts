/**
 * Decodes a whole input that is read after the fact. Such an input has no time of arrival to go by. So each line is judged with the lines
 * behind it known (bearing-out.ts), unlike in decoding batch by batch as the batches come in.
 */
import { lineCount, type Batch } from '../../event/batch.ts';
import { readInThreads, type KernelThreads } from '../../event/kernel/kernel-threads.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { LINES_BEHIND_MAX } from './bearing-out.ts';
import type { DecodedBatch, Decoder, ReadBatch } from './decoder.ts';

/** At most this many lines are read ahead. Lines without a time give no answer, so LINES_BEHIND_MAX alone would be no bound. */
const LINES_AHEAD_MAX = 10_000;

/** Decodes the batches of one partition from its beginning, in order. Holds back only as many batches as it must read ahead. */
export async function* decodeAfterTheFact(
  batches: AsyncIterable<Batch>,
  decoder: Decoder,
  kernel?: LineKernel,
  threads?: KernelThreads,
): AsyncGenerator<DecodedBatch> {
  let timing: string | undefined;
  let header: string | undefined;
  let waiting: Waiting[] = [];
  const next = (): DecodedBatch => {
    const [first, ...behind] = waiting;
    waiting = behind;
    const decoded = decoder.time(first!.read, timing, timesIn(behind));
    timing = decoded.timing;
    return decoded;
  };
  const ahead = kernel && threads ? readAhead(batches, decoder, kernel, threads) : batches;
  for await (const batch of ahead) {
    const read = decoder.read(batch, kernel, header);
    header = read.header;
    waiting.push({ read, timed: timedLines(read) });
    while (isEnough(waiting)) yield next();
  }
  while (waiting.length > 0) yield next();
}

/** It is not worth while to start threads for less. */
const BYTES_ALONE = 8_388_608;

/** Yields the batches in order, after other threads have read their lines. */
function readAhead(
  batches: AsyncIterable<Batch>,
  decoder: Decoder,
  kernel: LineKernel,
  threads: KernelThreads,
): AsyncGenerator<Batch> {
  let bytes = 0;
  return readInThreads(threads, batches, (batch) => {
    bytes += batch.bytes.length;
    return bytes > BYTES_ALONE ? decoder.readAhead(batch, kernel, threads) : undefined;
  });
}

/** A batch, and how many of its lines have a time: at most LINES_BEHIND_MAX. */
interface Waiting {
  readonly read: ReadBatch;
  readonly timed: number;
}

/** Returns true when the lines behind the first batch are enough to judge it. */
function isEnough(waiting: readonly Waiting[]): boolean {
  let lines = 0;
  let timed = 0;
  for (const each of waiting.slice(1)) {
    lines += lineCount(each.read.batch);
    timed += each.timed;
  }
  return lines >= LINES_AHEAD_MAX || timed >= LINES_BEHIND_MAX;
}

function timedLines({ batch, times }: ReadBatch): number {
  let timed = 0;
  for (let i = 0; i < lineCount(batch) && timed < LINES_BEHIND_MAX; i += 1)
    if (!Number.isNaN(times.latest(i))) timed += 1;
  return timed;
}

/** Returns the times of all lines of the batches by a number that counts through them. */
function timesIn(batches: readonly Waiting[]): (index: number) => number | undefined {
  return (index) => {
    let at = index;
    for (const { read } of batches) {
      const lines = lineCount(read.batch);
      if (at < lines) return read.times.latest(at);
      at -= lines;
    }
    return undefined;
  };
}
