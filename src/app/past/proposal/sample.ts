/** Takes a sample of a log: its beginning, middle and end, as UTF-8. */
import { open, type FileHandle } from 'node:fs/promises';
import { FixableError } from '../../../event/fixable-error.ts';
import { compressionOf, MAGIC_BYTES } from '../../../ingest/compression.ts';
import { openReplay } from '../../../ingest/replay.ts';
import { guessEncoding } from './encoding.ts';

export interface LogSample {
  /** Whole lines, in UTF-8. */
  readonly bytes: Buffer;
  /** The same lines as they stand in the file. */
  readonly raw: Buffer;
  /** It is all that the file has. */
  readonly isAll: boolean;
  /** Latest modification of the file. */
  readonly writtenByMs: number;
  /** The encoding of the file, a label of WHATWG. */
  readonly encoding: string;
}

/** 2 MB in all. */
const BEGINNING_BYTES = 1_000_000;
const FURTHER_BYTES = 500_000;

const LF = 10;

/** Fails with FixableError for a file that cannot be read or holds no text. */
export async function takeSample(path: string, nowMs: number): Promise<LogSample> {
  const { bytes, isAll, writtenByMs } = await bytesOf(path, nowMs);
  const encoding = guessEncoding(bytes);
  const text = encoding === 'utf-8' ? bytes : Buffer.from(new TextDecoder(encoding).decode(bytes));
  if (text.includes(0))
    throw new FixableError('source', 'it is no text', 'name files of text; others have no lines to read');
  if (text.toString('utf8').trim() === '')
    throw new FixableError('source', 'it is empty', 'wait until something is written to it');
  return { bytes: text, raw: bytes, isAll, writtenByMs, encoding };
}

async function bytesOf(path: string, nowMs: number): Promise<Omit<LogSample, 'encoding' | 'raw'>> {
  await using file = await open(path);
  const { size, mtimeMs } = await file.stat();
  const head = await piece(file, 0, MAGIC_BYTES);
  if (compressionOf(head) !== undefined) return { ...(await unpacked(path, nowMs)), writtenByMs: mtimeMs };
  if (size <= BEGINNING_BYTES + 2 * FURTHER_BYTES)
    return { bytes: await piece(file, 0, size), isAll: true, writtenByMs: mtimeMs };
  const beginning = await piece(file, 0, BEGINNING_BYTES);
  // A line end of UTF-16 is two bytes, which cannot be found from any place.
  const further = guessEncoding(beginning).startsWith('utf-16')
    ? []
    : [
        withoutFirstLine(await piece(file, Math.floor(size / 2), FURTHER_BYTES)),
        withoutFirstLine(await piece(file, size - FURTHER_BYTES, FURTHER_BYTES)),
      ];
  return {
    bytes: Buffer.concat([beginning, ...further].map(wholeLines)),
    isAll: false,
    writtenByMs: mtimeMs,
  };
}

async function piece(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let end = 0;
  while (end < length) {
    const { bytesRead } = await file.read(bytes, end, length - end, from + end);
    if (bytesRead === 0) break;
    end += bytesRead;
  }
  return bytes.subarray(0, end);
}

/** Only the beginning of a compressed file can be read without all before it. */
async function unpacked(path: string, nowMs: number): Promise<Pick<LogSample, 'bytes' | 'isAll'>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const onBytes = (bytes: Uint8Array): void => {
    pieces.push(bytes);
    length += bytes.length;
  };
  for (const partition of openReplay([path], { source: 'sample', nowMs, onBytes }))
    for await (const batch of partition.batches())
      if (length >= BEGINNING_BYTES && batch.offsets.length > 0)
        return { bytes: wholeLines(Buffer.concat(pieces).subarray(0, 2 * BEGINNING_BYTES)), isAll: false };
  return { bytes: Buffer.concat(pieces), isAll: true };
}

const withoutFirstLine = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf(LF) + 1);

function wholeLines(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(LF);
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}
