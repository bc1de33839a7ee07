/** Opens the inputs of a replay: files, compressed files, standard input and bytes in memory. Each is read once, in blocks. */
import { closeSync, openSync, readSync, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { FixableError } from '../event/fixable-error.ts';
import { writtenBy } from './arrival.ts';
import type { Packing } from './compression.ts';
import { DamagedFile, MAGIC_BYTES, compressedError, compressionOf, packingOf } from './compression.ts';
import { Damage } from './unpack/damage.ts';
import { unpack } from './unpack/unpack.ts';

/** So many bytes are read at once. */
const READ_BYTES = 1 << 20;

export interface ReplayInput {
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

/** Opens a file. Throws FixableError when it cannot be read. */
export function fileInput(path: string): ReplayInput {
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

/** `label` as in `ReplayPartition`. */
export function streamInput(label: string, stream: Readable, writtenByMs: number): ReplayInput {
  return {
    label,
    writtenByMs,
    open: () => readPieces(stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>),
  };
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

/** Yields the bytes of an input in blocks of their own, each after the rest that the reader left of the block before. */
export async function* blocksOf(input: ReplayInput, rest: () => Buffer): AsyncGenerator<Buffer> {
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
