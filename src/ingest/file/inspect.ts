/** Looks at files on disk without reading their lines: what they are, how they begin, and which rotated files lie beside a log. */
import { constants as files } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { Compression } from '../compression.ts';
import { compressionOf } from '../compression.ts';
import { SourceError } from '../source.ts';
import { HEAD_BYTES } from './fingerprint.ts';
import { isGzip, isRotated } from './rotated-name.ts';

/** Read only, and without waiting for the other end of a pipe. */
const FLAGS = files.O_RDONLY | files.O_NONBLOCK;
/** Compressed bytes that are enough for the first HEAD_BYTES of any text. */
const GZIP_HEAD_BYTES = 64 * 1024;

export interface LogFile {
  readonly path: string;
  readonly inode: string;
  readonly device: number;
  /** Of the file as it lies there: compressed when `gzip`. */
  readonly size: number;
  readonly mtimeMs: number;
  /** It is read by decompressing it. */
  readonly gzip: boolean;
  /** Its bytes are no lines. */
  readonly compression?: Compression;
  /** First bytes, decompressed. */
  readonly head: Buffer;
}

/** What is at `path`, undefined when there is nothing. Throws SourceError when it cannot be read or is no file. */
export async function inspect(path: string): Promise<LogFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await openToRead(path);
    return handle === undefined ? undefined : await describe(path, handle);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await handle?.close();
  }
}

/** Opens a file, undefined when there is none. A pipe is refused, not waited for. */
export async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, FLAGS);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

export async function describe(path: string, handle: FileHandle): Promise<LogFile> {
  const stat = await handle.stat();
  if (stat.isDirectory())
    throw new SourceError(`${path} is a folder`, `name the files in it, for example ${join(path, '*.log')}`);
  if (!stat.isFile())
    throw new SourceError(`${path} is no regular file`, 'pipe it into tocsin and use stdin: {}');
  const start = await firstBytes(handle, HEAD_BYTES);
  const compression = compressionOf(start);
  const gzip = compression?.name === 'gzip' || isGzip(path);
  const head = gzip ? gunzipStart(await firstBytes(handle, GZIP_HEAD_BYTES)) : start;
  const { ino, dev: device, size, mtimeMs } = stat;
  const file = { path, inode: String(ino), device, size, mtimeMs, gzip, head };
  return compression === undefined ? file : { ...file, compression };
}

async function firstBytes(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

/** The files that rotation made of the log at `path`. */
export async function rotatedFiles(path: string): Promise<LogFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const names = await readdir(folder).catch(() => []);
  const found: LogFile[] = [];
  for (const other of names) {
    if (!isRotated(name, other)) continue;
    // One that cannot be read is reported when the log needs it.
    const file = await inspect(join(folder, other)).catch(() => undefined);
    if (file !== undefined && (file.gzip || file.compression === undefined)) found.push(file);
  }
  return found;
}

/** Says of any error of the file system what a person can do about it. */
export function unreadable(path: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return new SourceError(
      `${path} may not be read`,
      `let the user that runs tocsin read it: chmod a+r ${path} (and a+x on its folders)`,
      { cause: error },
    );
  if (code === 'EMFILE' || code === 'ENFILE')
    return new SourceError(
      `${path} cannot be opened: too many open files`,
      'raise the limit: ulimit -n 65536',
      {
        cause: error,
      },
    );
  return new SourceError(`${path} cannot be read: ${message}`, 'check the file and its disk', {
    cause: error,
  });
}

function gunzipStart(compressed: Buffer): Buffer {
  try {
    const text = gunzipSync(compressed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: 64 * 1024 * 1024,
    });
    return Buffer.from(text.subarray(0, HEAD_BYTES));
  } catch {
    // No gzip file, or only begun: it begins like no log.
    return Buffer.alloc(0);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
