/** Turns lines of any encoding into lines of UTF-8. Offsets stay those of the bytes that were read. */
import { isAscii } from 'node:buffer';
import type { GarbledLines } from '../../event/batch.ts';
import { LINE_MAX_BYTES, wholeCharacters, type Lines } from '../lines.ts';
import { keepsAscii, WholeDecoder } from './decoding.ts';
import { PLAIN_UTF_8, type TextEncoding } from './encoding.ts';
import { likelyEncoding } from './likely.ts';

/** So many bytes of garbled lines are looked at for a guess. */
const SAMPLE_BYTES = 4_096;
const LINE_END = Buffer.from('\n');
/** A line that was cut may be so much shorter than the greatest length: it ends with a whole character. */
const CHARACTER_BYTES_MAX = 4;

/** Counts garbled lines, and keeps some of their bytes for a guess. */
export class GarbledCount {
  readonly #sample: Buffer[] = [];
  #sampled = 0;
  #lines = 0;
  #looksLike: string | undefined;

  add(line: Uint8Array): void {
    this.#lines += 1;
    if (this.#sampled >= SAMPLE_BYTES) return;
    // With the line ends the bytes are those that were read: no pair is torn, and those of UTF-16 stand where they stood.
    this.#sampled += line.length + LINE_END.length;
    this.#sample.push(Buffer.from(line.subarray(0, SAMPLE_BYTES)), LINE_END);
  }

  /** Returns what was counted since the last call. The first guess stays, so that one trouble is told of once. */
  take(): GarbledLines | undefined {
    if (this.#lines === 0) return undefined;
    this.#looksLike ??= likelyEncoding(Buffer.concat(this.#sample));
    const looksLike = this.#looksLike;
    const taken = { lines: this.#lines, ...(looksLike !== undefined && { looksLike }) };
    this.#sample.length = 0;
    this.#sampled = 0;
    this.#lines = 0;
    return taken;
  }
}

/** Returns lines of UTF-8. Lines that grow longer than the limit are cut. */
export function inUtf8(lines: Lines, encoding: TextEncoding): Lines {
  if (encoding === PLAIN_UTF_8) return lines;
  const { bytes, starts, ends } = lines;
  const decoder = new WholeDecoder(encoding);
  const garbled = new GarbledCount();
  const parts: Uint8Array[] = [];
  const newStarts = new Uint32Array(starts.length);
  const newEnds = new Uint32Array(starts.length);
  const mayBeCut = lines.cutLines > 0;
  let at = 0;
  let cutAnew = 0;
  let cutAgain = 0;
  for (let i = 0; i < starts.length; i++) {
    const line = bytes.subarray(starts[i], ends[i]);
    const isCut = mayBeCut && line.length > LINE_MAX_BYTES - CHARACTER_BYTES_MAX;
    const text = utf8Of(line, encoding, decoder, isCut, garbled);
    const kept =
      text.length <= LINE_MAX_BYTES ? text : text.subarray(0, wholeCharacters(text, 0, LINE_MAX_BYTES));
    if (kept.length < text.length && isCut) cutAgain++;
    else if (kept.length < text.length) cutAnew++;
    parts.push(kept);
    newStarts[i] = at;
    at += kept.length;
    newEnds[i] = at;
  }
  return {
    ...lines,
    bytes: Buffer.concat(parts),
    starts: newStarts,
    ends: newEnds,
    cutLines: cutAnew + Math.max(lines.cutLines, cutAgain),
    garbled: garbled.take(),
  };
}

/** Returns the text of a line in UTF-8. `isCut`: it may end within a character. */
export function utf8Of(
  line: Uint8Array,
  encoding: TextEncoding,
  decoder: WholeDecoder,
  isCut: boolean,
  garbled: GarbledCount,
): Buffer {
  if (keepsAscii(encoding) && isAscii(line)) return Buffer.from(line.buffer, line.byteOffset, line.length);
  const { text, isGarbled } = isCut ? decoder.decodeHead(line) : decoder.decode(line);
  if (isGarbled) garbled.add(line);
  return Buffer.from(text);
}
