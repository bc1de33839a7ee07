/**
 * Reads finished logs once from beginning to end, for backtests: files, compressed files and standard input. No file is followed, and no
 * position is kept.
 */
import { closeSync, openSync, readSync, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { ORIGIN_FILE } from '../config/decode/origins.ts';
import type { SourceConfig } from '../config/config.ts';
import type { Batch } from '../event/batch.ts';
import { writtenBy } from './arrival.ts';
import type { Packing } from './compression.ts';
import { DamagedFile, MAGIC_BYTES, compressedError, compressionOf, packingOf } from './compression.ts';
import { encodingAt, MARK_BYTES, PLAIN_UTF_8, type TextEncoding } from './encoding/encoding.ts';
import { inUtf8 } from './encoding/transcode.ts';
import { createHeaderTaker, hasHeaders } from './header-lines.ts';
import { createLineJoiner } from './line-joiner.ts';
import { joiningOf, type Joining } from './joining.ts';
import type { Lines } from './lines.ts';
import { LINE_MAX_BYTES, cutLine, splitLines, toBatch } from './lines.ts';
import { splitBatch, splittingOf, type RecordSplitting } from './record-batches.ts';
import { FixableError } from '../event/fixable-error.ts';
import { Damage } from './unpack/damage.ts';
import { unpack } from './unpack/unpack.ts';

/** So many bytes are read at once. */
const READ_BYTES = 1 << 20;

/** One input; inputs are numbered in argument order. */
export interface ReplayPartition {
  readonly partition: number;
  /** The path of a file, or `standard input`. */
  readonly label: string;
  /** Yields everything in the input, once. Throws FixableError when the input is damaged. */
  batches(): AsyncIterable<Batch>;
}

export interface ReplayOptions {
  /** Name of the source whose decoder the input goes through. */
  readonly source: string;
  /** Absent: each line is an event. */
  readonly joining?: Joining | undefined;
  /** Absent: no line is taken apart. */
  readonly splitting?: RecordSplitting | undefined;
  /** Absent: UTF-8. A byte order mark at the beginning of an input says more. */
  readonly encoding?: string | undefined;
  /** Lines with `#` are no events, as in a log of W3C. */
  readonly hasHeaders?: boolean;
  /** The time at which the run started: `readAtMs` of every batch. */
  readonly nowMs: number;
  /** Is told of all bytes of an input, in order, before the lines that they complete are handed out. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

interface Input {
  readonly label: string;
  /** Absolute; absent for standard input. */
  readonly path?: string;
  readonly writtenByMs: number;
  open(): Reading;
}

interface Reading extends AsyncDisposable {
  /** Reads into the block from `from` on until it is full or the input is over. Returns the end of what was read. */
  fill(block: Buffer, from: number): Promise<number>;
}

/** Returns how inputs of a source are read. `nowMs`: as in the options. */
export function replayOptions(
  { name, decode, encoding }: Pick<SourceConfig, 'name' | 'decode' | 'encoding'>,
  nowMs: number,
): ReplayOptions {
  return {
    source: name,
    nowMs,
    encoding,
    joining: joiningOf(decode),
    hasHeaders: hasHeaders(decode),
    splitting: splittingOf(decode),
  };
}

/** Opens inputs by path; `-` is standard input. Throws FixableError for an input that cannot be read. */
export function openReplay(
  inputs: readonly string[],
  options: ReplayOptions,
  stdin: Readable = process.stdin,
): readonly ReplayPartition[] {
  if (inputs.filter((input) => input === '-').length > 1)
    throw new FixableError(
      'source',
      'standard input is given twice',
      'give - once; it can be read only once',
    );
  return inputs.map((path, partition) => {
    const input =
      path === '-'
        ? { label: 'standard input', writtenByMs: options.nowMs, open: () => readStream(stdin) }
        : openFile(path);
    return partitionOf(input, partition, options);
  });
}

function partitionOf(input: Input, partition: number, options: ReplayOptions): ReplayPartition {
  const { splitting } = options;
  const lines = (): AsyncGenerator<Batch> => batches(input, partition, options);
  return {
    partition,
    label: input.label,
    batches: splitting === undefined ? lines : () => records(lines(), splitting),
  };
}

/** Opens bytes that are in memory as an input of its own, as if they had been read from the file `label`, written by `writtenByMs`. */
export function replayBytes(
  bytes: Uint8Array,
  {
    label,
    writtenByMs,
    ...options
  }: ReplayOptions & { readonly label: string; readonly writtenByMs: number },
): ReplayPartition {
  const open = (): Reading => readPieces(Readable.from([bytes])[Symbol.asyncIterator]());
  return partitionOf({ label, writtenByMs, open }, 0, options);
}

function openFile(path: string): Input {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isDirectory())
      throw new FixableError(
        'source',
        `${path} is a folder`,
        `name the files in it: ${path.replace(/\/+$/, '')}/*.log`,
      );
    const magic = Buffer.alloc(MAGIC_BYTES);
    const length = readSync(file, magic, 0, MAGIC_BYTES, 0);
    const packing = packingOf(compressionOf(magic.subarray(0, length)));
    return {
      label: path,
      path: resolve(path),
      writtenByMs: writtenBy(stat.mtimeMs),
      open: () => (packing === undefined ? readFile(path) : readPacked(path, packing)),
    };
  } catch (error) {
    if (error instanceof FixableError) throw error;
    throw unreadable(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readPacked(path: string, packing: Packing): Reading {
  return readPieces(
    (async function* (): AsyncGenerator<Uint8Array> {
      await using file = await open(path);
      const work = unpack(packing, file);
      try {
        for (let piece = await work.next(); piece !== undefined; piece = await work.next()) yield piece;
      } catch (error) {
        throw error instanceof Damage
          ? new DamagedFile(path, packing, error.message, { cause: error })
          : error;
      } finally {
        await work.close();
      }
    })(),
  );
}

function readFile(path: string): Reading {
  const opened = open(path);
  // The first read throws the error.
  opened.catch(() => undefined);
  return {
    async fill(block, from) {
      const file = await opened;
      let end = from;
      while (end < block.length) {
        const { bytesRead } = await file.read(block, end, block.length - end);
        if (bytesRead === 0) break;
        end += bytesRead;
      }
      return end;
    },
    async [Symbol.asyncDispose]() {
      await (await opened.catch(() => undefined))?.close();
    },
  };
}

function readStream(stream: Readable): Reading {
  return readPieces(stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
}

function readPieces(pieces: AsyncIterator<Uint8Array>): Reading {
  let piece: Uint8Array = new Uint8Array();
  return {
    async fill(block, from) {
      let end = from;
      while (end < block.length) {
        if (piece.length === 0) {
          const next = await pieces.next();
          if (next.done === true) break;
          piece = next.value;
        }
        const copied = piece.subarray(0, block.length - end);
        block.set(copied, end);
        piece = piece.subarray(copied.length);
        end += copied.length;
      }
      return end;
    },
    async [Symbol.asyncDispose]() {
      await pieces.return?.();
    },
  };
}

function unreadable(path: string, error: unknown): FixableError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const cause = { cause: error };
  if (code === 'ENOENT')
    return new FixableError(
      'source',
      `${path} does not exist`,
      'check the path; a glob is expanded by your shell',
      cause,
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new FixableError(
      'source',
      `${path} may not be read`,
      `let this user read it: chmod a+r ${path}`,
      cause,
    );
  return new FixableError(
    'source',
    `${path} cannot be read: ${(error as Error).message}`,
    'check the file and its disk',
    cause,
  );
}

async function* batches(input: Input, partition: number, options: ReplayOptions): AsyncGenerator<Batch> {
  const origin = {
    source: options.source,
    partition,
    readAtMs: options.nowMs,
    writtenByMs: input.writtenByMs,
    ...(input.path !== undefined && { origins: { [ORIGIN_FILE]: input.path } }),
  };
  const joiner = options.joining === undefined ? undefined : createLineJoiner(options.joining);
  const take = options.hasHeaders === true ? createHeaderTaker() : (batch: Batch) => batch;
  let before: Batch | undefined;
  for await (const lines of linesOf(input, options)) {
    if (lines.offsets.length === 0) continue;
    const batch = toBatch(lines, { ...origin, next: { offset: lines.next, proof: '' }, atEnd: false });
    const joined = joiner === undefined ? take(batch) : joiner.push(batch);
    if (joined === undefined) continue;
    if (before !== undefined) yield before;
    before = joined;
  }
  const held = joiner?.flush();
  if (held !== undefined) {
    if (before !== undefined) yield before;
    before = held;
  }
  if (before !== undefined) yield { ...before, atEnd: true };
}

async function* records(lines: AsyncIterable<Batch>, splitting: RecordSplitting): AsyncGenerator<Batch> {
  for await (const batch of lines)
    yield yield* splitBatch(batch, splitting, { before: { offset: 0, proof: '' }, readTo: 0 });
}

/**
 * Splits an input into lines of UTF-8. It holds no more than one line and one block. Throws FixableError when the
 * input is damaged.
 */
async function* linesOf(
  input: Input,
  { joining, encoding: name, onBytes }: ReplayOptions,
): AsyncGenerator<Lines> {
  const keepBlank = joining?.lines !== undefined;
  let encoding: TextEncoding | undefined;
  let rest: Buffer = Buffer.alloc(0);
  let restAt = 0;
  /** The beginning of a line that is too long, while the rest of that line is being skipped. */
  let tooLong: { readonly head: Buffer; readonly offset: number } | undefined;
  for await (const block of blocksOf(input, () => rest)) {
    onBytes?.(block.subarray(rest.length));
    let from = 0;
    encoding ??= encodingAt(block.subarray(0, MARK_BYTES), name, true)!;
    const { units } = encoding;
    if (tooLong !== undefined) {
      const lf = units.lineEnd(block, 0, restAt);
      from = lf < 0 ? block.length - ((restAt + block.length) % units.width) : lf + units.width;
      if (lf >= 0) {
        yield inUtf8(cutLine(tooLong.head, tooLong.offset, restAt + from), encoding);
        tooLong = undefined;
      }
    }
    for (;;) {
      const lines = splitLines(block, from, restAt, { keepBlank, units });
      if (lines === undefined) break;
      yield inUtf8(lines, encoding);
      from = lines.next - restAt;
    }
    const begin = units.afterNuls(block, from, restAt);
    rest = block.subarray(begin);
    restAt += begin;
    if (rest.length >= LINE_MAX_BYTES + 2 * units.width) {
      tooLong = { head: Buffer.from(rest.subarray(0, LINE_MAX_BYTES)), offset: restAt };
      const half = rest.length % units.width;
      restAt += rest.length - half;
      rest = rest.subarray(rest.length - half);
    }
  }
  encoding ??= PLAIN_UTF_8;
  const lines =
    tooLong === undefined
      ? splitLines(rest, 0, restAt, { last: true, keepBlank, units: encoding.units })
      : cutLine(tooLong.head, tooLong.offset, restAt + rest.length);
  if (lines !== undefined) yield inUtf8(lines, encoding);
}

/** Yields the bytes of an input in blocks of their own, each after the rest that the reader left of the block before. */
async function* blocksOf(input: Input, rest: () => Buffer): AsyncGenerator<Buffer> {
  try {
    await using reading = input.open();
    for (let first = true; ; first = false) {
      const before = rest();
      const block = Buffer.allocUnsafeSlow(before.length + READ_BYTES);
      before.copy(block);
      const end = await reading.fill(block, before.length);
      if (end === before.length) return;
      const bytes = block.subarray(0, end);
      if (first) refuseCompressed(input.label, bytes);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof FixableError) throw error;
    throw unreadable(input.label, error);
  }
}

function refuseCompressed(label: string, bytes: Buffer): void {
  const compression = compressionOf(bytes);
  if (compression === undefined) return;
  throw compressedError(
    label,
    compression,
    `decompress it first: ${compression.decompress} FILE | tocsin backtest --input -`,
  );
}
