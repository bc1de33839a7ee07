/**
 * Standard input on disk. Standard input can be read only once, but two readers need it, each at its own pace and again after a crash. So
 * it is written to segments, and a segment is removed when both readers have made everything in it durable. Offsets count the bytes of all
 * runs, and no offset is used twice. A segment always ends with a line end, except the one being written. How far everything was written is
 * kept in a file of its own, so that a spool that was cut off is noticed.
 */
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterNuls } from '../encoding/code-units.ts';
import { LINE_MAX_BYTES } from '../lines.ts';
import type { ReaderPurpose } from '../source.ts';
import { FixableError } from '../../event/fixable-error.ts';

const LF = 10;
/** How much of a line is kept: more than the greatest length, and its CR, so that the reader sees that the line was too long. */
const KEPT_LINE_BYTES = LINE_MAX_BYTES + 2;
/** The least bound of a spool. With a smaller one, a single long line could fill the spool for good. */
const BOUND_MIN_BYTES = 4 * KEPT_LINE_BYTES;
const SEGMENTS = 8;
const PIECE_BYTES = 64 * 1024;
/** Name of the file that holds the offset after the last byte that was written. */
const MARK_NAME = 'written';
const OFFSET_DIGITS = 16;

export interface Segment {
  readonly start: number;
  readonly path: string;
  /** Bytes written so far. */
  size: number;
}

export class Spool {
  readonly #changed: () => void;
  readonly #dir: string;
  readonly #boundBytes: number;
  readonly #segments: Segment[];
  /** True when no segment was there: no run came before this one, or somebody removed the spool. */
  readonly isNew: boolean;
  #mark: FileHandle | undefined;
  readonly #durable = new Map<ReaderPurpose, number>([
    ['archive', 0],
    ['alert', 0],
  ]);
  #active: FileHandle | undefined;
  /** Bytes of the line being written, without the NULs before it. */
  #lineBytes = 0;
  #makeRoom: (() => void) | undefined;
  #released = false;

  private constructor(dir: string, boundBytes: number, segments: Segment[], changed: () => void) {
    this.#changed = changed;
    this.#dir = dir;
    this.#boundBytes = Math.max(boundBytes, BOUND_MIN_BYTES);
    this.#segments = segments;
    this.isNew = segments.length === 0;
  }

  /** `changed` is called whenever there is more to read. Rejects with FixableError when the folder cannot be written. */
  static async open(dir: string, boundBytes: number, changed: () => void): Promise<Spool> {
    try {
      await mkdir(dir, { recursive: true });
      const segments: Segment[] = [];
      for (const name of await readdir(dir)) {
        if (!/^\d{16}\.spool$/.test(name)) {
          if (!name.includes('.spool')) continue;
          throw new FixableError(
            'source',
            `${join(dir, name)} is no segment that this version of Tocsin knows`,
            'start the version that wrote it, or give this one a data_dir of its own',
          );
        }
        const path = join(dir, name);
        segments.push({ start: Number.parseInt(name, 10), path, size: (await stat(path)).size });
      }
      segments.sort((a, b) => a.start - b.start);
      const spool = new Spool(dir, boundBytes, segments, changed);
      await spool.#endTornLine();
      // The bytes missing below the mark were cut off. Their offsets stay a gap, which each reader reports.
      await spool.advanceTo(await writtenTo(dir));
      return spool;
    } catch (error) {
      if (error instanceof FixableError) throw error;
      throw new FixableError(
        'source',
        `standard input cannot be spooled in ${dir}: ${(error as Error).message}`,
        'make data_dir a folder that tocsin may write to, on a disk with room',
        { cause: error },
      );
    }
  }

  /** Offset after the last byte. */
  get end(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.start + last.size;
  }

  get usedBytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Returns the segment in which to read at `offset`, or the first segment after it. */
  segmentAt(offset: number): Segment | undefined {
    return this.#segments.find(({ start, size }) => offset < start + size);
  }

  isActive(segment: Segment): boolean {
    return segment === this.#segments.at(-1);
  }

  /** True when there is room for one more piece. */
  get hasRoom(): boolean {
    return this.usedBytes + PIECE_BYTES <= this.#boundBytes;
  }

  /** Resolves when there is room, or after `release`. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#released) {
      const freed = Promise.withResolvers<undefined>();
      this.#makeRoom = () => {
        freed.resolve(undefined);
      };
      await freed.promise;
    }
  }

  /** From now on no caller waits for room: only the remaining bytes are written. */
  release(): void {
    this.#released = true;
    this.#makeRoom?.();
  }

  /** Writes at most PIECE_BYTES. Returns how many bytes of the chunk are done with. Can be called again after an error. */
  async append(chunk: Buffer): Promise<number> {
    const piece = chunk.subarray(0, PIECE_BYTES);
    const nuls = this.#lineBytes === 0 ? afterNuls(piece, 0) : 0;
    if (nuls > 0) return nuls;
    const firstLf = piece.indexOf(LF);
    const lineEnd = firstLf < 0 ? piece.length : firstLf;
    const kept = Math.min(lineEnd, KEPT_LINE_BYTES - this.#lineBytes);
    // The rest of a line that is too long is not stored.
    const bytes =
      kept === lineEnd ? piece : Buffer.concat([piece.subarray(0, kept), piece.subarray(lineEnd)]);
    const segment = await this.#writable();
    await this.#write(segment, bytes);
    await this.#writeMark(segment.start + segment.size + bytes.length);
    const lastLf = bytes.lastIndexOf(LF);
    this.#lineBytes =
      lastLf < 0 ? this.#lineBytes + bytes.length : bytes.length - afterNuls(bytes, lastLf + 1);
    segment.size += bytes.length;
    this.#changed();
    return piece.length;
  }

  /** Reports that everything before `offset` is durable for a reader, or lies before the position at which the reader began. */
  free(purpose: ReaderPurpose, offset: number): void {
    this.#durable.set(purpose, Math.max(offset, this.#durable.get(purpose) ?? 0));
    const all = Math.min(...this.#durable.values());
    while (this.#segments.length > 1 && this.#segments[1]!.start <= all) {
      const { path } = this.#segments.shift()!;
      // A segment that could not be removed is found and removed again at the next start.
      void unlink(path).catch(() => undefined);
    }
    this.#makeRoom?.();
  }

  /** Begins a segment at `offset`. Offsets below it were used by a spool that is gone, and must not be used again. */
  async advanceTo(offset: number): Promise<void> {
    if (offset <= this.end) return;
    await this.#finishSegment();
    await this.#begin(offset);
  }

  async close(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
    await this.#mark?.close();
    this.#mark = undefined;
  }

  async #writeMark(offset: number): Promise<void> {
    this.#mark ??= await open(join(this.#dir, MARK_NAME), 'w');
    await this.#mark.write(digits(offset), 0);
  }

  async #endTornLine(): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined || last.size === 0) return;
    this.#active = await open(last.path, 'r+');
    const byte = Buffer.alloc(1);
    await this.#active.read(byte, 0, 1, last.size - 1);
    if (byte[0] === LF) return;
    await this.#write(last, Buffer.of(LF));
    last.size++;
  }

  /** Returns the segment to write to: a new one when the last segment is full and its last line complete. */
  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && (last.size < this.#boundBytes / SEGMENTS || this.#lineBytes > 0)) {
      this.#active ??= await open(last.path, 'r+');
      return last;
    }
    await this.#finishSegment();
    return this.#begin(this.end);
  }

  async #begin(start: number): Promise<Segment> {
    const path = join(this.#dir, `${digits(start)}.spool`);
    this.#active = await open(path, 'w+');
    const segment = { start, path, size: 0 };
    this.#segments.push(segment);
    return segment;
  }

  async #finishSegment(): Promise<void> {
    await this.#active?.datasync();
    await this.#active?.close();
    this.#active = undefined;
  }

  async #write(segment: Segment, bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#active!.write(
        bytes,
        written,
        bytes.length - written,
        segment.size + written,
      );
      written += bytesWritten;
    }
  }
}

function digits(offset: number): string {
  return String(offset).padStart(OFFSET_DIGITS, '0');
}

/** Returns the offset up to which an earlier run wrote the spool; 0 when that is not known. */
async function writtenTo(dir: string): Promise<number> {
  const text = await readFile(join(dir, MARK_NAME), 'utf8').catch(() => '');
  return new RegExp(`^\\d{${OFFSET_DIGITS}}$`).test(text) ? Number.parseInt(text, 10) : 0;
}
