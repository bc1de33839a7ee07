/** Turns a text that comes in chunks of any size into UTF-8, line by line, so that a damaged line harms no other. */
import { LINE_MAX_BYTES } from '../lines.ts';
import { WholeDecoder } from './decoding.ts';
import { encodingAt, MARK_BYTES, PLAIN_UTF_8, type TextEncoding } from './encoding.ts';
import { GarbledCount, utf8Of } from './transcode.ts';

/** So much of a line is kept: more than the greatest length in UTF-8, so that its reader sees that it was too long. */
const KEPT_LINE_BYTES = 2 * LINE_MAX_BYTES + 16;
const NOTHING: Buffer = Buffer.alloc(0);

export class Utf8Stream {
  readonly garbled = new GarbledCount();
  readonly #name: string | undefined;
  #encoding: TextEncoding | undefined;
  #decoder: WholeDecoder | undefined;
  /** Bytes that wait for others: of a line without its end, of what may be a mark. */
  #held = NOTHING;
  /** True while the rest of a line that is too long is passed over. */
  #isSkipping = false;

  /** `name`: the configured encoding; absent: UTF-8. A byte order mark at the beginning says more. */
  constructor(name: string | undefined) {
    this.#name = name;
  }

  /** Returns the lines that are complete with this chunk. UTF-8 is returned as it is. */
  push(chunk: Buffer): Buffer {
    return this.#take(chunk, false);
  }

  /** Returns the rest. */
  end(): Buffer {
    return this.#take(NOTHING, true);
  }

  #take(chunk: Buffer, isAll: boolean): Buffer {
    const held = this.#held;
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    this.#held = NOTHING;
    const encoding = (this.#encoding ??= encodingAt(bytes.subarray(0, MARK_BYTES), this.#name, isAll));
    if (encoding === PLAIN_UTF_8) return bytes;
    if (encoding === undefined) this.#held = bytes;
    return encoding === undefined ? NOTHING : this.#lines(bytes, held.length, encoding, isAll);
  }

  /** Returns the lines of `bytes`, which begin with a line. No line ends in the first `known` of them. */
  #lines(bytes: Buffer, known: number, encoding: TextEncoding, isAll: boolean): Buffer {
    const { width, lineEnd } = encoding.units;
    const parts: Buffer[] = [];
    let from = 0;
    for (
      let lf = lineEnd(bytes, known - (known % width), 0);
      lf >= 0;
      from = lf + width, lf = lineEnd(bytes, from, 0)
    ) {
      parts.push(this.#text(bytes.subarray(this.#isSkipping ? lf : from, lf + width), encoding, false));
      this.#isSkipping = false;
    }
    const rest = bytes.subarray(from);
    if (!this.#isSkipping && (isAll || rest.length > KEPT_LINE_BYTES)) {
      parts.push(this.#text(rest, encoding, !isAll));
      this.#isSkipping = !isAll;
    }
    if (!isAll)
      this.#held = Buffer.from(this.#isSkipping ? rest.subarray(rest.length - (rest.length % width)) : rest);
    return Buffer.concat(parts);
  }

  #text(line: Buffer, encoding: TextEncoding, isCut: boolean): Buffer {
    this.#decoder ??= new WholeDecoder(encoding);
    return utf8Of(line, encoding, this.#decoder, isCut, this.garbled);
  }
}
