/**
 * Threads that read lines to tapes, for the thread that matches them. Reading takes most of the time, needs no state between batches, and
 * gives the same tape in any thread. So batches may be read in any order, and the results are those of one thread.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { lineCount, type Batch } from '../batch.ts';
import { orLate } from '../waiting.ts';
import { workerUrl } from '../worker-url.ts';
import type { LineKernel } from './line-kernel.ts';
import type { Tape } from './tape.ts';
import { KERNELS_MAX, type ReadAnswer, type ReadRequest } from './thread-messages.ts';

export interface KernelThreads {
  /** So many batches keep all threads busy. */
  readonly batches: number;
  /**
   * Reads the lines of a batch as `kernel.read` does, with the kernel as it is now. The batch is not changed. Never rejects: where a thread
   * fails, this thread reads the lines.
   */
  read(kernel: LineKernel, batch: Batch, timePath: number | undefined): Promise<Tape>;
  close(): Promise<void>;
}

/** A thread that gives no answer for so long is given up. */
const ANSWER_MAX_MS = 10_000;
/** A thread needs little of the heap, since the lines lie outside of it. */
const HEAP_MAX_MB = 64;
const YOUNG_MAX_MB = 4;
/** A buffer that has grown larger is not kept for the next batch. */
const BUFFER_KEPT_BYTES = 4_194_304;

/** After so many failures of threads, this thread reads all lines. */
const FAILURES_MAX = 3;

/** More threads than these wait for the thread that matches. */
const THREADS_MAX = 4;

/** Creates as many threads as are of use on this machine; undefined on one core, where they would only take the time of each other. */
export function threadsOfMachine(onFailure: (error: unknown) => void): KernelThreads | undefined {
  const cores = availableParallelism();
  return cores === 1 ? undefined : createKernelThreads(Math.min(cores, THREADS_MAX), onFailure);
}

/** Creates threads. Each is started with the first batch that it gets. `onFailure` is told why a thread has failed. */
export function createKernelThreads(count: number, onFailure: (error: unknown) => void): KernelThreads {
  const threads = Array.from({ length: count }, () => new KernelThread());
  let failures = 0;
  let isClosed = false;

  function giveUp(thread: KernelThread, error: unknown): void {
    const place = threads.indexOf(thread);
    // Another batch of the same thread may have given it up already.
    if (place < 0 || isClosed) return;
    threads[place] = new KernelThread();
    failures += 1;
    void thread.close();
    onFailure(error);
  }

  return {
    batches: 2 * count,
    async read(kernel, batch, timePath) {
      if (failures >= FAILURES_MAX || isClosed) return kernel.read(batch, timePath);
      const thread = threads.reduce((idlest, each) => (each.inWork < idlest.inWork ? each : idlest));
      try {
        return await thread.read(kernel, batch, timePath);
      } catch (error) {
        giveUp(thread, error);
        return kernel.read(batch, timePath);
      }
    },
    async close() {
      isClosed = true;
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

/** The numbers of kernels are the same for all threads. */
const numbers = new WeakMap<LineKernel, number>();
let numbersGiven = 0;

/** How far a kernel in a thread follows its original. */
interface Followed {
  built: number;
  anchors: readonly number[];
}

/** One thread, from its first batch until it fails or is closed. */
class KernelThread {
  #worker: Worker | undefined;
  #ended: Error | undefined;
  readonly #waiting: PromiseWithResolvers<ReadAnswer>[] = [];
  readonly #followed = new Map<number, Followed>();
  readonly #buffers: ArrayBuffer[] = [];

  get inWork(): number {
    return this.#waiting.length;
  }

  /** Rejects when the thread has failed. */
  async read(kernel: LineKernel, batch: Batch, timePath: number | undefined): Promise<Tape> {
    if (this.#ended !== undefined) throw this.#ended;
    const answer = Promise.withResolvers<ReadAnswer>();
    const worker = (this.#worker ??= this.#start());
    this.#waiting.push(answer);
    const request = { ...this.#following(kernel), timePath, ...this.#linesOf(batch) };
    const { bytes, starts, ends } = request;
    worker.postMessage(request satisfies ReadRequest, [bytes.buffer, starts.buffer, ends.buffer]);
    const late = (): never => {
      throw new Error('the thread does not answer');
    };
    const { bytes: used, ...columns } = await orLate(answer.promise, ANSWER_MAX_MS, late);
    if (used.buffer.byteLength <= BUFFER_KEPT_BYTES) this.#buffers.push(used.buffer);
    return { kernel, ...columns };
  }

  async close(): Promise<void> {
    this.#end(new Error('the thread is closed'));
    await this.#worker?.terminate();
  }

  /** Copies lines, since bytes that are sent to another thread are gone from this one. */
  #linesOf(batch: Batch): Pick<ReadRequest, 'bytes' | 'base' | 'starts' | 'ends'> {
    const count = lineCount(batch);
    const base = batch.starts[0] ?? 0;
    const lines = batch.bytes.subarray(base, batch.ends[count - 1]);
    let buffer = this.#buffers.pop();
    if (buffer === undefined || buffer.byteLength < lines.length) buffer = new ArrayBuffer(lines.length);
    const bytes = new Uint8Array(buffer, 0, lines.length);
    bytes.set(lines);
    return { bytes, base, starts: batch.starts.slice(0, count), ends: batch.ends.slice(0, count) };
  }

  /** Returns what the thread does not know yet of a kernel. */
  #following(kernel: LineKernel): Pick<ReadRequest, 'kernel' | 'building' | 'anchors' | 'keepsAll'> {
    let number = numbers.get(kernel);
    if (number === undefined) numbers.set(kernel, (number = ++numbersGiven));
    const { building, anchors, keepsAll } = kernel;
    const followed = this.#followed.get(number);
    const news = {
      kernel: number,
      building: building.slice(followed?.built ?? 0),
      ...(anchors !== followed?.anchors && { anchors }),
      keepsAll,
    };
    // As the thread itself does it: the kernel that was used last stands last.
    this.#followed.delete(number);
    this.#followed.set(number, { built: building.length, anchors });
    for (const oldest of this.#followed.keys())
      if (this.#followed.size > KERNELS_MAX) this.#followed.delete(oldest);
    return news;
  }

  #start(): Worker {
    const worker = new Worker(workerUrl('kernel-worker', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB, maxYoungGenerationSizeMb: YOUNG_MAX_MB },
    });
    worker.on('message', (answer: ReadAnswer) => this.#waiting.shift()?.resolve(answer));
    worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#end(new Error('the thread has ended')));
    // Work that nobody waits for keeps no process alive. A listener that is added later would undo this.
    worker.unref();
    return worker;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
