/**
 * The only reader of files that people write: rules and the files that they name, templates, the configuration. It reads an ordinary file
 * of a bounded size, in UTF-8, or refuses it in words. It never opens a pipe or a device: that can wait for ever, or have an effect.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isOutOfDescriptors, MORE_DESCRIPTORS, noneFree } from './descriptors.ts';

/** Why there is no text, in words that follow the name of the file. */
export interface FileRefusal {
  /** `no_descriptor`: nobody knows whether the file can be read; this passes. */
  readonly kind:
    'missing' | 'outside' | 'not_a_file' | 'too_large' | 'not_utf8' | 'unreadable' | 'no_descriptor';
  /** For example `is too large: …`; without the name of the file. */
  readonly problem: string;
  readonly fix: string;
  /** The line in the file, 1-based, if it is known. */
  readonly line?: number;
}

export interface FileText {
  /** The text, with the byte order mark if there is one. */
  readonly text: string;
}

const CHUNK_BYTES = 256 * 1024;

/** Reads the text of a file of at most `bytesMax` bytes. Follows links; src/rule/folder.ts says which links may lead where. */
export function readTextFile(path: string, bytesMax: number): FileText | FileRefusal {
  try {
    const refused = refusalOf(path, bytesMax);
    if (refused !== undefined) return refused;
    // Does not wait for a pipe or device that has replaced the file since the check.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(file).isFile()) return notAFile;
      const bytes = bytesOf(file, bytesMax);
      return bytes === undefined ? tooLarge(`more than ${bytesMax} bytes`, bytesMax) : textOf(bytes);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return unreadable(error);
  }
}

/** Returns why a file is not read at all; undefined for an ordinary file of at most `bytesMax` bytes. Opens nothing. Throws the system's errors. */
function refusalOf(path: string, bytesMax: number): FileRefusal | undefined {
  const stat = statSync(path);
  if (!stat.isFile()) return notAFile;
  return stat.size > bytesMax ? tooLarge(`${stat.size} bytes`, bytesMax) : undefined;
}

/** As `refusalOf`, for a file that other code reads. */
export function refusedFile(path: string, bytesMax: number): FileRefusal | undefined {
  try {
    return refusalOf(path, bytesMax);
  } catch (error) {
    return unreadable(error);
  }
}

/** Reads the bytes; undefined if the file holds more. It may have grown, or have no size to ask for (/proc). */
function bytesOf(file: number, bytesMax: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= bytesMax) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(file, chunk);
    if (read === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return undefined;
}

/** Decodes the text of a file's bytes. */
export function textOf(bytes: Uint8Array): FileText | FileRefusal {
  const mark = bytes.subarray(0, 2);
  const isWide = (mark[0] === 0xff && mark[1] === 0xfe) || (mark[0] === 0xfe && mark[1] === 0xff);
  if (isWide) return notUtf8('is UTF-16, not UTF-8');
  if (!isUtf8(bytes))
    return notUtf8(
      'is not UTF-8 text',
      lineWhere(bytes, (line) => !isUtf8(line)),
    );
  if (bytes.includes(0))
    return notUtf8(
      'is no text: it holds NUL characters, as UTF-16 does',
      lineWhere(bytes, (line) => line.includes(0)),
    );
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) };
}

/** Returns the number of the first line for which `isSo` holds, 1-based. No character of UTF-8 contains the byte of a line end. */
function lineWhere(bytes: Uint8Array, isSo: (line: Uint8Array) => boolean): number {
  for (let line = 1, from = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    if (end < 0 || isSo(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
}

const notAFile: FileRefusal = {
  kind: 'not_a_file',
  problem: 'is no ordinary file',
  fix: 'put an ordinary file there, or remove it',
};

function tooLarge(size: string, bytesMax: number): FileRefusal {
  return {
    kind: 'too_large',
    problem: `is too large: ${size}, at most ${bytesMax} are read`,
    fix: 'shorten it, or split it into several',
  };
}

function notUtf8(problem: string, line?: number): FileRefusal {
  return {
    kind: 'not_utf8',
    problem,
    fix: 'save it as UTF-8 (editors: "Save with encoding")',
    ...(line !== undefined && { line }),
  };
}

/** Returns the refusal for an error of the file system. */
export function unreadable(error: unknown): FileRefusal {
  const { code, message } = error as NodeJS.ErrnoException;
  if (isOutOfDescriptors(error))
    return { kind: 'no_descriptor', problem: `cannot be read: ${noneFree(error)}`, fix: MORE_DESCRIPTORS };
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { kind: 'missing', problem: 'is not there', fix: 'write it, or correct the path' };
  const reason = code === 'ELOOP' ? 'the link leads to itself' : (code ?? message);
  return {
    kind: 'unreadable',
    problem: `cannot be read: ${reason}`,
    fix: 'correct its permissions, or remove it',
  };
}
