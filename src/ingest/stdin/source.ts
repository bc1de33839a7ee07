/**
 * Standard input as a source. It is taken in only as fast as there is room in the spool: a reader that stands still makes whoever
 * writes to us wait, and nothing is thrown away.
 */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceConfig } from '../../config/config.ts';
import type { StdinSourceConfig } from '../../config/sources/stdin.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { compressedError, compressionOf } from '../compression.ts';
import type { LogSource } from '../source.ts';
import type { Intake } from './reader.ts';
import { StdinReader } from './reader.ts';
import { Spool } from './spool.ts';
import type { FixableError } from '../../event/fixable-error.ts';

/** How long to wait before trying a full disk again. */
const RETRY_MS = 500;
const LF = 10;
/** How often it is seen whether anything waits in the input. */
const LOOK_MS = 250;

/** Fails with FixableError when the data folder cannot hold the spool. */
export async function openStdinSource(
  config: SourceConfig & { readonly kind: StdinSourceConfig },
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
  input: Readable = process.stdin,
): Promise<LogSource> {
  const spool = await Spool.open(
    join(dataDir, 'spool', encodeURIComponent(config.name)),
    config.kind.spoolBytes,
  );
  const readers = new Set<StdinReader>();
  spool.changed = () => {
    readers.forEach((reader) => {
      reader.notice();
    });
  };
  const intake = takeIn(input, spool, config.name, telemetry, clock);
  return {
    name: config.name,
    finite: true,
    async open(options) {
      await spool.advanceTo(options.position(0)?.offset ?? 0);
      const keepBlank = config.decode.multilineStart !== undefined;
      const context = { source: config.name, spool, intake, keepBlank, telemetry, clock };
      const reader = new StdinReader(context, options, () => readers.delete(reader));
      readers.add(reader);
      return reader;
    },
    async close() {
      await intake.stop();
      await Promise.all([...readers].map((reader) => reader.close()));
      await spool.close();
    },
  };
}

/** From the stream to the spool. What has left the stream when it stops is in the spool. */
function takeIn(
  input: Readable,
  spool: Spool,
  source: string,
  telemetry: Telemetry,
  clock: Clock,
): Intake & { stop(): Promise<void> } {
  let done: Promise<void> | undefined;
  let over = false;
  let inputEnded = false;
  let stopping = false;
  let halted: string | undefined;
  let began = false;
  let refused: FixableError | undefined;
  let isWaiting = false;
  let lookedAtMs = clock.steadyMs();
  let looking: NodeJS.Timeout | undefined;
  let wake: () => void = () => undefined;

  /** What the system holds for us is in the stream once the event loop has asked it: after this turn. */
  function look(): void {
    const nowMs = clock.steadyMs();
    setImmediate(() => {
      if (isWaiting && input.readableLength === 0) lookedAtMs = nowMs;
    });
  }

  const onReadable = (): void => {
    wake();
  };
  const onEnd = (): void => {
    inputEnded = true;
    wake();
  };
  const onError = (error: Error): void => {
    telemetry.log.error(
      { 'error.message': error.message, 'tocsin.source': source },
      `standard input failed: ${error.message}. What came before is processed; start tocsin again with the rest.`,
    );
    onEnd();
  };

  async function run(): Promise<void> {
    while (!stopping) {
      const readable = Promise.withResolvers<undefined>();
      wake = () => {
        readable.resolve(undefined);
      };
      await spool.room();
      const chunk = taken();
      if (chunk !== undefined && isRefused(chunk)) break;
      if (chunk !== undefined) await store(chunk);
      else if (inputEnded) break;
      else {
        isWaiting = true;
        await readable.promise;
        isWaiting = false;
      }
    }
    const rest = stopping ? taken() : undefined;
    if (rest !== undefined) await store(rest);
    over = inputEnded && refused === undefined;
    clearInterval(looking);
    spool.changed();
  }

  /** Compressed bytes are no lines; a stream shows it with its first ones. */
  function isRefused(chunk: Buffer): boolean {
    const compression = began ? undefined : compressionOf(chunk);
    began = true;
    if (compression === undefined) return false;
    const fix = `decompress it first: ${compression.decompress} FILE | tocsin run`;
    refused = compressedError('standard input', compression, fix);
    return true;
  }

  /** All that the stream holds at the moment. */
  function taken(): Buffer | undefined {
    const chunk = input.read() as Buffer | string | null;
    if (chunk === null) return undefined;
    return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }

  async function store(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      if (!stopping) await spool.room();
      try {
        at += await spool.append(chunk.subarray(at));
        halted = undefined;
      } catch (error) {
        if (halted === undefined) sayHalted(error as Error);
        if (stopping) {
          reportLost(chunk.subarray(at));
          return;
        }
        await sleep(RETRY_MS);
      }
    }
  }

  /** It has left the pipe, and nobody can get it out of there again. */
  function reportLost(rest: Buffer): void {
    const lines = Math.max(1, rest.filter((byte) => byte === LF).length);
    telemetry.log.error(
      { 'event.action': 'lines-lost', 'tocsin.source': source },
      `${lines} lines of standard input could not be spooled before the end of the process: they are lost`,
    );
    for (const reader of ['alert', 'archive']) telemetry.count('lines_lost', { source, reader }, lines);
  }

  function sayHalted(error: Error): void {
    halted = `standard input cannot be spooled: ${error.message}: make room on the disk of data_dir; it goes on by itself`;
    telemetry.log.error({ 'event.action': 'partition-halted', 'tocsin.source': source }, halted);
  }

  return {
    start() {
      if (done !== undefined || stopping) return;
      inputEnded = input.readableEnded || input.destroyed;
      input.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
      looking = setInterval(look, LOOK_MS).unref();
      done = run();
    },
    get lookedAtMs() {
      return over ? clock.steadyMs() : lookedAtMs;
    },
    get over() {
      return over;
    },
    get refused() {
      return refused;
    },
    get halted() {
      return halted;
    },
    async stop() {
      stopping = true;
      wake();
      spool.release();
      await done;
      input.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError);
      if (done !== undefined) input.destroy();
    },
  };
}
