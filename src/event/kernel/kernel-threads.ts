/**
 * Threads that read lines to tapes, for the thread that matches them. Reading takes most of the time, needs no state between batches, and
 * gives the same tape in any thread. So batches may be read in any order, and the results are those of one thread.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { lineCount, type Batch } from '../batch.ts';
import { orLate, sleep } from '../waiting.ts';
import { workerUrl } from '../worker-url.ts';
import type { Candidates, LineKernel } from './line-kernel.ts';
import type { LineProgram } from './line-steps.ts';
import type { Tape } from './tape.ts';
import { KERNELS_MAX, type ReadAnswer, type ReadRequest } from './thread-messages.ts';

export interface KernelThreads {
  /** So many batches keep all threads busy, this one as well. */
  readonly batches: number;
  /**
   * Reads the lines of a batch as `kernel.read` does, with the kernel as it is when they are read. The batch is not changed. Never rejects:
   * where a thread fails, this thread reads the lines.
   */
  read(kernel: LineKernel, batch: Batch, ...how: HowToRead): Promise<Tape>;
  /** Waits for work that needs a tape. Meanwhile this thread reads what no other one has begun. */
  helpUntil<T>(work: Promise<T>): Promise<T>;
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
const THREADS_MAX = 3;
/** Batches that a thread has at once: it begins with the next one before this thread has seen that it is done. */
const IN_WORK_MAX = 2;

/** Creates as many threads as are of use on this machine; undefined on one core, where they would only take the time of each other. */
export function threadsOfMachine(onFailure: (error: unknown) => void): KernelThreads | undefined {
  const others = availableParallelism() - 1;
  return others === 0 ? undefined : createKernelThreads(Math.min(others, THREADS_MAX), onFailure);
}

/** Creates threads. Each is started with the first batch that it gets. `onFailure` is told why a thread has failed. */
export function createKernelThreads(count: number, onFailure: (error: unknown) => void): KernelThreads {
  return new Threads(count, onFailure);
}

/** The arguments of `kernel.read` behind the batch. */
type HowToRead = readonly [timePath?: number, program?: LineProgram];

/** A batch that no thread has begun to read. */
interface Unread {
  readonly kernel: LineKernel;
  readonly batch: Batch;
  readonly how: HowToRead;
  readonly tape: PromiseWithResolvers<Tape>;
}

class Threads implements KernelThreads {
  readonly batches: number;
  readonly #threads: KernelThread[];
  readonly #onFailure: (error: unknown) => void;
  readonly #unread: Unread[] = [];
  #failures = 0;

  constructor(count: number, onFailure: (error: unknown) => void) {
    this.batches = (count + 1) * IN_WORK_MAX;
    this.#threads = Array.from({ length: count }, () => new KernelThread());
    this.#onFailure = onFailure;
  }

  read(kernel: LineKernel, batch: Batch, ...how: HowToRead): Promise<Tape> {
    const tape = Promise.withResolvers<Tape>();
    this.#unread.push({ kernel, batch, how, tape });
    this.#handOut();
    return tape.promise;
  }

  async helpUntil<T>(work: Promise<T>): Promise<T> {
    const state = { isOver: false };
    const over = (): void => void (state.isOver = true);
    work.then(over, over);
    // Answers of threads come in between turns.
    await sleep(0);
    while (!state.isOver && this.#unread.length > 0) {
      readHere(this.#unread.shift()!);
      await sleep(0);
    }
    return await work;
  }

  async close(): Promise<void> {
    const threads = this.#threads.splice(0);
    this.#handOut();
    await Promise.all(threads.map((thread) => thread.close()));
  }

  /** Gives batches to threads that have room for them. Without a thread, this one reads them. */
  #handOut(): void {
    while (this.#unread.length > 0) {
      const thread = idlest(this.#threads);
      if (thread === undefined) readHere(this.#unread.shift()!);
      else if (thread.inWork < IN_WORK_MAX) void this.#readIn(thread, this.#unread.shift()!);
      else return;
    }
  }

  async #readIn(thread: KernelThread, unread: Unread): Promise<void> {
    try {
      unread.tape.resolve(await thread.read(unread));
    } catch (error) {
      this.#giveUp(thread, error);
      readHere(unread);
    }
    this.#handOut();
  }

  #giveUp(thread: KernelThread, error: unknown): void {
    const place = this.#threads.indexOf(thread);
    // Another batch of the same thread may have given it up already, or all are closed.
    if (place < 0) return;
    this.#failures += 1;
    if (this.#failures < FAILURES_MAX) this.#threads[place] = new KernelThread();
    else for (const each of this.#threads.splice(0)) void each.close();
    void thread.close();
    this.#onFailure(error);
  }
}

function idlest(threads: readonly KernelThread[]): KernelThread | undefined {
  let found = threads[0];
  for (const each of threads) if (each.inWork < found!.inWork) found = each;
  return found;
}

function readHere({ kernel, batch, how, tape }: Unread): void {
  tape.resolve(kernel.read(batch, ...how));
}

/**
 * Yields the batches in order, after threads have read their lines: as many at once as keep all threads busy. `read` begins to read a batch;
 * undefined: it is yielded as it is.
 */
export async function* readInThreads(
  threads: KernelThreads,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  read: (batch: Batch) => Promise<Batch> | undefined,
): AsyncGenerator<Batch> {
  const waiting: Promise<Batch>[] = [];
  for await (const batch of batches) {
    waiting.push(read(batch) ?? Promise.resolve(batch));
    if (waiting.length === threads.batches) yield await threads.helpUntil(waiting.shift()!);
  }
  for (const batch of waiting) yield await threads.helpUntil(batch);
}

/** The numbers of kernels are the same for all threads. */
const numbers = new WeakMap<LineKernel, number>();
let numbersGiven = 0;

/** How far a kernel in a thread follows its original. */
interface Followed {
  built: number;
  candidates: Candidates;
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
  async read({ kernel, batch, how: [timePath, program] }: Unread): Promise<Tape> {
    if (this.#ended !== undefined) throw this.#ended;
    const answer = Promise.withResolvers<ReadAnswer>();
    const worker = (this.#worker ??= this.#start());
    this.#waiting.push(answer);
    const steps = program && { from: program.from, to: program.to };
    const request = { ...this.#following(kernel), timePath, steps, ...this.#linesOf(batch) };
    const { bytes, starts, ends } = request;
    worker.postMessage(request satisfies ReadRequest, [bytes.buffer, starts.buffer, ends.buffer]);
    const late = (): never => {
      throw new Error('the thread does not answer');
    };
    const { bytes: used, ...columns } = await orLate(answer.promise, ANSWER_MAX_MS, late);
    if (used.buffer.byteLength <= BUFFER_KEPT_BYTES) this.#buffers.push(used.buffer);
    return program === undefined ? { kernel, ...columns } : { kernel, program, ...columns };
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
  #following(kernel: LineKernel): Pick<ReadRequest, 'kernel' | 'building' | 'candidates' | 'keepsAll'> {
    let number = numbers.get(kernel);
    if (number === undefined) numbers.set(kernel, (number = ++numbersGiven));
    const { building, candidates, keepsAll } = kernel;
    const followed = this.#followed.get(number);
    const news = {
      kernel: number,
      building: building.slice(followed?.built ?? 0),
      ...(candidates !== followed?.candidates && { candidates }),
      keepsAll,
    };
    // As the thread itself does it: the kernel that was used last stands last.
    this.#followed.delete(number);
    this.#followed.set(number, { built: building.length, candidates });
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
