/**
 * A worker thread that answers each request with one reply. It gets one request after the other. When the worker dies, the current request
 * fails and the next one starts a new worker.
 */
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../event/worker-url.ts';

/** A thread that may grow its young heap as it likes takes three times the memory, and is no faster. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

interface PendingCall<Reply> {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export class WorkerLink<Request, Reply> {
  readonly #name: string;
  readonly #data: unknown;
  #worker: Worker | undefined;
  #waiting: PendingCall<Reply> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** `name`: file of the worker beside this one, without its ending. `data`: value that the worker starts with. */
  constructor(name: string, data: unknown) {
    this.#name = name;
    this.#data = data;
  }

  call(request: Request): Promise<Reply> {
    const reply = this.#turn.then(() => this.#send(request));
    this.#turn = reply.catch(() => undefined);
    return reply;
  }

  /** Ends the worker after the current request. Sends `last` to it before, so that it can close what it holds. */
  async close(last: Request): Promise<void> {
    await this.#turn;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(last);
    await exited;
  }

  /** Ends the worker amid its work. The current request fails. */
  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #send(request: Request): Promise<Reply> {
    const worker = (this.#worker ??= this.#start());
    return new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(this.#name, import.meta.url), {
      workerData: this.#data,
      resourceLimits: LIMITS,
    });
    worker.on('message', (reply: Reply) => this.#take()?.resolve(reply));
    worker.on('error', (error) =>
      this.#take()?.reject(error instanceof Error ? error : new Error(String(error))),
    );
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#take()?.reject(new Error(`${this.#name} ended`));
    });
    return worker;
  }

  #take(): PendingCall<Reply> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
