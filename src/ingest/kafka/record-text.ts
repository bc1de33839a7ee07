/** The values of records as UTF-8. Each value is a text of its own: a byte order mark at its beginning says its encoding. */
import { isAscii } from 'node:buffer';
import { keepsAscii, WholeDecoder } from '../encoding/decoding.ts';
import { encodingAt, encodingOf, MARK_BYTES, PLAIN_UTF_8, type TextEncoding } from '../encoding/encoding.ts';
import type { RecordColumns } from './record-batch.ts';

/** Returns the records with values of UTF-8; those before the offset `from` without their values. `name`: the encoding of the values. */
export function recordsInUtf8(records: RecordColumns, from: number, name: string | undefined): RecordColumns {
  if (encodingOf(name) === PLAIN_UTF_8) return records;
  const { bytes, offsets, starts, ends } = records;
  const decoders = new Map<string, WholeDecoder>();
  const garbled = new Set<number>();
  const parts: Buffer[] = [];
  const newStarts = new Int32Array(starts.length);
  const newEnds = new Int32Array(starts.length);
  let at = 0;
  for (let i = 0; i < starts.length; i += 1) {
    newStarts[i] = at;
    if (offsets[i]! >= from && ends[i]! > starts[i]!) {
      const value = bytes.subarray(starts[i], ends[i]);
      const encoding = encodingAt(value.subarray(0, MARK_BYTES), name, true)!;
      const text = utf8Of(value, encoding, decoders);
      if (text.isGarbled) garbled.add(i);
      parts.push(text.bytes);
      at += text.bytes.length;
    }
    newEnds[i] = at;
  }
  return {
    ...records,
    bytes: Buffer.concat(parts),
    starts: newStarts,
    ends: newEnds,
    original: { records, garbled },
  };
}

function utf8Of(
  value: Buffer,
  encoding: TextEncoding,
  decoders: Map<string, WholeDecoder>,
): { readonly bytes: Buffer; readonly isGarbled: boolean } {
  if (encoding === PLAIN_UTF_8 || (keepsAscii(encoding) && isAscii(value)))
    return { bytes: value, isGarbled: false };
  const decoder = decoders.get(encoding.name) ?? new WholeDecoder(encoding);
  decoders.set(encoding.name, decoder);
  const { text, isGarbled } = decoder.decode(value);
  return { bytes: Buffer.from(text), isGarbled };
}
