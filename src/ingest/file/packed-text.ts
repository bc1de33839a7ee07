/**
 * The text of a compressed file, for those who read it from front to back: it looks like a file that grows while it is unpacked. It holds a
 * few megabytes of text, and writes nothing to the disk. Whoever goes back further has the file unpacked again from its beginning.
 */
import type { FileHandle } from 'node:fs/promises';
import type { Packing } from '../compression.ts';
import { DamagedFile } from '../compression.ts';
import { BLOCK_BYTES } from '../lines.ts';
import { Damage } from '../unpack/damage.ts';
import type { Unpacking } from '../unpack/unpack.ts';
import { unpack } from '../unpack/unpack.ts';
import type { TextFile, TextStat } from './text-file.ts';

/** So much text is held at most. */
const WINDOW_BYTES = 4 << 20;
/** So much of it stays when there is no room for more. */
const KEPT_BYTES = 2 << 20;

export class PackedText implements TextFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #packing: Packing;
  #work: Unpacking | undefined;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #length = 0;
  #whole = false;
  /** Why there is no more text than is known. */
  #damage: DamagedFile | undefined;

  /** Takes over the file, which is at `path`. */
  constructor(path: string, file: FileHandle, packing: Packing) {
    this.#path = path;
    this.#file = file;
    this.#packing = packing;
  }

  /** True when all text is known: `size` is the size of the text. */
  get isWhole(): boolean {
    return this.#whole;
  }

  get #end(): number {
    return this.#windowAt + this.#length;
  }

  /** Unpacks until a block of text from `at` on is known, or all text up to its end or its damage. */
  async ahead(at: number): Promise<void> {
    await this.#unpackTo(at + BLOCK_BYTES);
  }

  /** Unpacks about a megabyte more. Throws DamagedFile where there is no more because of the damage. */
  async more(): Promise<void> {
    if (this.#damage !== undefined) throw this.#damage;
    await this.#unpackTo(this.#end + BLOCK_BYTES);
  }

  /** Throws DamagedFile where some of the text lies behind the damage. */
  async read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }> {
    if (position < this.#windowAt) await this.#beginAgain();
    await this.#unpackTo(position + length);
    if (this.#damage !== undefined && this.#end < position + length) throw this.#damage;
    const from = position - this.#windowAt;
    const bytesRead = this.#window.copy(buffer, offset, from, Math.min(this.#length, from + length));
    return { bytesRead };
  }

  async stat(): Promise<TextStat> {
    const { dev, ino, nlink, mtimeMs } = await this.#file.stat();
    return { dev, ino, nlink, mtimeMs, size: this.#end };
  }

  /** Ends the unpacking. The file stays open. */
  async stop(): Promise<void> {
    await this.#work?.close();
    this.#work = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#file.close();
  }

  async #beginAgain(): Promise<void> {
    await this.stop();
    this.#windowAt = 0;
    this.#length = 0;
    this.#whole = false;
    this.#damage = undefined;
  }

  async #unpackTo(end: number): Promise<void> {
    this.#work ??= unpack(this.#packing, this.#file);
    try {
      while (!this.#whole && this.#damage === undefined && this.#end < end) {
        const piece = await this.#work.next();
        if (piece === undefined) this.#whole = true;
        else this.#append(piece);
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      this.#damage = new DamagedFile(this.#path, this.#packing, error.message, { cause: error });
    }
  }

  #append(piece: Uint8Array): void {
    if (this.#window.length === 0) this.#window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
    if (this.#length + piece.length > WINDOW_BYTES) {
      const dropped = this.#length - KEPT_BYTES;
      this.#window.copyWithin(0, dropped, this.#length);
      this.#windowAt += dropped;
      this.#length = KEPT_BYTES;
    }
    this.#window.set(piece, this.#length);
    this.#length += piece.length;
  }
}
