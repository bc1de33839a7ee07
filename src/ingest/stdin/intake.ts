/** Moves bytes from the stream to the spool. Bytes that have left the stream when the intake stops are in the spool. */
import type { Readable } from 'node:stream';
import type { Clock } from '../../event/clock.ts';
import type { FixableError } from '../../event/fixable-error.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { compressedError, compressionOf } from '../compression.ts';
import { countGarbled } from '../encoding/count.ts';
import { Utf8Stream } from '../encoding/stream.ts';
import type { Intake } from './reader.ts';
import type { Spool } from './spool.ts';
import { SpoolWriter } from './spool-writer.ts';

/** How often to look if any bytes wait in the input. */
const LOOK_MS = 250;

export interface SpoolIntakeParts {
  readonly source: string;
  /** The configured encoding of the input; absent: UTF-8. The spool holds UTF-8. */
  readonly encoding?: string | undefined;
  readonly input: Readable;
  readonly spool: Spool;
  /** Lets every reader look for more, or for the end. */
  readonly nudgeAll: () => void;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

export class StdinIntake implements Intake {
  readonly #parts: SpoolIntakeParts;
  readonly #writer: SpoolWriter;
  readonly #text: Utf8Stream;
  readonly #stop = new AbortController();
  #done: Promise<void> | undefined;
  #over = false;
  #inputEnded = false;
  /** True once any bytes were taken. They have been checked for compression then. */
  #began = false;
  #refused: FixableError | undefined;
  #isWaiting = false;
  #lookedAtMs: number;
  #looking: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  constructor(parts: SpoolIntakeParts) {
    this.#parts = parts;
    this.#writer = new SpoolWriter(parts, this.#stop.signal);
    this.#text = new Utf8Stream(parts.encoding);
    this.#lookedAtMs = parts.clock.steadyMs();
  }

  start(): void {
    if (this.#done !== undefined || this.#stop.signal.aborted) return;
    const { input } = this.#parts;
    this.#inputEnded = input.readableEnded || input.destroyed;
    input
      .on('readable', this.#onReadable)
      .on('end', this.#onEnd)
      .on('close', this.#onEnd)
      .on('error', this.#onError);
    this.#looking = setInterval(this.#look, LOOK_MS).unref();
    this.#done = this.#run();
  }

  get lookedAtMs(): number {
    return this.#over ? this.#parts.clock.steadyMs() : this.#lookedAtMs;
  }

  get over(): boolean {
    return this.#over;
  }

  get refused(): FixableError | undefined {
    return this.#refused;
  }

  get halted(): string | undefined {
    return this.#writer.halted;
  }

  async stop(): Promise<void> {
    const { input, spool } = this.#parts;
    this.#stop.abort();
    this.#wake();
    spool.release();
    await this.#done;
    input
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd)
      .off('error', this.#onError);
    if (this.#done !== undefined) input.destroy();
  }

  async #run(): Promise<void> {
    const { spool, nudgeAll } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const readable = Promise.withResolvers<undefined>();
      this.#wake = () => {
        readable.resolve(undefined);
      };
      await spool.room();
      const chunk = this.#taken();
      if (chunk !== undefined && this.#isRefused(chunk)) break;
      if (chunk !== undefined) await this.#store(this.#text.push(chunk));
      else if (this.#inputEnded) break;
      else {
        this.#isWaiting = true;
        await readable.promise;
        this.#isWaiting = false;
      }
    }
    const rest = signal.aborted ? this.#taken() : undefined;
    if (rest !== undefined) await this.#store(this.#text.push(rest));
    await this.#store(this.#text.end());
    this.#over = this.#inputEnded && this.#refused === undefined;
    clearInterval(this.#looking);
    nudgeAll();
  }

  async #store(text: Buffer): Promise<void> {
    const { telemetry, source } = this.#parts;
    const garbled = this.#text.garbled.take();
    if (garbled !== undefined) countGarbled(telemetry, source, garbled);
    await this.#writer.store(text);
  }

  /** Returns all bytes that the stream holds at the moment. */
  #taken(): Buffer | undefined {
    const chunk = this.#parts.input.read() as Buffer | string | null;
    if (chunk === null) return undefined;
    return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }

  /** Returns true for compressed bytes, which are no lines. The first bytes of a stream show it. */
  #isRefused(chunk: Buffer): boolean {
    const compression = this.#began ? undefined : compressionOf(chunk);
    this.#began = true;
    if (compression === undefined) return false;
    const fix = `decompress it first: ${compression.decompress} FILE | tocsin run`;
    this.#refused = compressedError('standard input', compression, fix);
    return true;
  }

  /**
   * Notes when the input was empty. The event loop moves the bytes that the system holds for us into the stream, so the check waits until
   * after this turn of the loop.
   */
  readonly #look = (): void => {
    const nowMs = this.#parts.clock.steadyMs();
    setImmediate(() => {
      if (this.#isWaiting && this.#parts.input.readableLength === 0) this.#lookedAtMs = nowMs;
    });
  };

  readonly #onReadable = (): void => {
    this.#wake();
  };

  readonly #onEnd = (): void => {
    this.#inputEnded = true;
    this.#wake();
  };

  readonly #onError = (error: Error): void => {
    const { telemetry, source } = this.#parts;
    telemetry.log.error(
      { 'error.message': error.message, 'tocsin.source': source },
      `standard input failed: ${error.message}. What came before is processed; start tocsin again with the rest.`,
    );
    this.#onEnd();
  };
}
