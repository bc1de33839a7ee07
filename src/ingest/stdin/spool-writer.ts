/** Writes chunks of standard input into the spool. It waits for room. On a full disk it tries again until it is told to stop. */
import type { Telemetry } from '../../event/telemetry.ts';
import { sleep } from '../../event/waiting.ts';
import type { Spool } from './spool.ts';

/** How long to wait before the next attempt to write to a full disk. */
const RETRY_MS = 500;
const LF = 10;

export interface SpoolWriterParts {
  readonly source: string;
  readonly spool: Spool;
  readonly telemetry: Telemetry;
}

export class SpoolWriter {
  readonly #parts: SpoolWriterParts;
  readonly #stop: AbortSignal;
  #halted: string | undefined;

  /** Once `stop` is aborted, the writer waits for nothing. A chunk that cannot be stored then is lost, and reported as lost. */
  constructor(parts: SpoolWriterParts, stop: AbortSignal) {
    this.#parts = parts;
    this.#stop = stop;
  }

  /** The reason why nothing can be stored at the moment, for people. */
  get halted(): string | undefined {
    return this.#halted;
  }

  async store(chunk: Buffer): Promise<void> {
    const { spool } = this.#parts;
    for (let at = 0; at < chunk.length;) {
      if (!this.#stop.aborted) await spool.room();
      try {
        at += await spool.append(chunk.subarray(at));
        this.#halted = undefined;
      } catch (error) {
        if (this.#halted === undefined) this.#sayHalted(error as Error);
        if (this.#stop.aborted) {
          this.#reportLost(chunk.subarray(at));
          return;
        }
        await sleep(RETRY_MS);
      }
    }
  }

  /** Reports the bytes that have left the pipe and could not be stored. Nobody can read them from the pipe again. */
  #reportLost(rest: Buffer): void {
    const { telemetry, source } = this.#parts;
    const lines = Math.max(1, rest.filter((byte) => byte === LF).length);
    telemetry.log.error(
      { 'event.action': 'lines-lost', 'tocsin.source': source },
      `${lines} lines of standard input could not be spooled before the end of the process: they are lost`,
    );
    for (const reader of ['alert', 'archive']) telemetry.count('lines_lost', { source, reader }, lines);
  }

  #sayHalted(error: Error): void {
    const { telemetry, source } = this.#parts;
    this.#halted = `standard input cannot be spooled: ${error.message}: make room on the disk of data_dir; it goes on by itself`;
    telemetry.log.error({ 'event.action': 'partition-halted', 'tocsin.source': source }, this.#halted);
  }
}
