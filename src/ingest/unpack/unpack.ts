/**
 * Unpacks compressed files as they are read, a piece at a time: nothing is unpacked that nobody asks for, and nothing is written to the
 * disk. So a few bytes that unpack to many cost no more than those that are read. gzip and zstd are unpacked by node:zlib, the others in a
 * thread of their own.
 */
import type { FileHandle } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { workerUrl } from '../../event/worker-url.ts';
import type { Packing } from '../compression.ts';
import { Damage, TOO_SHORT } from './damage.ts';
import type { UnpackAnswer, UnpackWork } from './messages.ts';

const READ_BYTES = 64 * 1024;
const PIECE_BYTES = 256 * 1024;
/** A block of bzip2 and the window of xz lie outside of the heap. */
const HEAP_MAX_MB = 64;
const NUL = 0;

/** The text of one compressed file. */
export interface Unpacking {
  /**
   * Returns the next text, at most about 256 KiB; undefined at the end. Throws Damage where the bytes cannot be unpacked, and the error of
   * the system where they cannot be read.
   */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the work. The file stays open. */
  close(): Promise<void>;
}

/** Unpacks a file from its beginning. The file must stay open until the returned work was closed. */
export function unpack(packing: Packing, file: FileHandle): Unpacking {
  switch (packing.name) {
    case 'gzip':
      return unpackedBy(() => createGunzip({ chunkSize: PIECE_BYTES }), file);
    case 'zstd':
      return unpackedBy(() => createZstdDecompress({ chunkSize: PIECE_BYTES }), file);
    case 'bzip2':
    case 'xz':
      return unpackedInThread({ kind: packing.name, descriptor: file.fd });
  }
}

type Transform = NodeJS.ReadWriteStream & Readable & { readonly bytesWritten: number };

/**
 * `create` creates what unpacks one stream. node:zlib ends with a stream of zstd, and passes over what follows a stream of gzip and is none.
 * So what is behind the end is unpacked anew. NULs behind the end are padding.
 */
function unpackedBy(create: () => Transform, file: FileHandle): Unpacking {
  let at = 0;
  let transform = create();
  let pieces = begin();

  function begin(): AsyncIterator<Buffer> {
    // The callback may ignore the error, because it also reaches the reader of the text.
    pipeline(Readable.from(bytesOf(file, at)), transform, () => undefined);
    return transform[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async function goOn(): Promise<boolean> {
    at += transform.bytesWritten;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    if (bytesRead === 0 || buffer[0] === NUL) return false;
    if (transform.bytesWritten === 0) throw new Damage('what follows its end cannot be read');
    transform = create();
    pieces = begin();
    return true;
  }

  return {
    async next() {
      try {
        do {
          const piece = await pieces.next();
          if (piece.done !== true) return piece.value;
        } while (await goOn());
        return undefined;
      } catch (error) {
        const { message, code = '', syscall } = error as NodeJS.ErrnoException;
        if (syscall !== undefined || error instanceof Damage) throw error;
        throw new Damage(code === 'Z_BUF_ERROR' ? TOO_SHORT : message);
      }
    },
    async close() {
      await pieces.return?.();
    },
  };
}

async function* bytesOf(file: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let at = from; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function unpackedInThread(work: UnpackWork): Unpacking {
  let worker: Worker | undefined;
  let waiting: PromiseWithResolvers<UnpackAnswer> | undefined;

  function start(): Worker {
    const started = new Worker(workerUrl('unpack-worker', import.meta.url), {
      workerData: work,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB },
    });
    started.on('message', (answer: UnpackAnswer) => waiting?.resolve(answer));
    started.on('error', (error) => waiting?.reject(error));
    started.on('exit', () => waiting?.reject(new Error('the thread that unpacks has ended')));
    return started;
  }

  return {
    async next() {
      waiting = Promise.withResolvers();
      worker ??= start();
      worker.ref();
      worker.postMessage('next');
      try {
        return textOf(await waiting.promise);
      } finally {
        // Only work that somebody waits for keeps the process alive.
        worker.unref();
      }
    },
    async close() {
      await worker?.terminate();
    },
  };
}

function textOf(answer: UnpackAnswer): Uint8Array | undefined {
  switch (answer.is) {
    case 'text':
      return answer.bytes;
    case 'end':
      return undefined;
    case 'damage':
      throw new Damage(answer.message);
    case 'unreadable':
      throw Object.assign(new Error(answer.message), { code: answer.code, syscall: answer.syscall });
  }
}
