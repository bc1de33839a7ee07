/**
 * The encoding of a text of a source. A byte order mark at its beginning says more than the configuration: so it is in the WHATWG's
 * standard, and a file of UTF-16 is read whatever its source says.
 */
import { UTF_16, UTF_8 } from '../../config/decode/encoding.ts';
import { BYTES, UTF_16BE_UNITS, UTF_16LE_UNITS, type CodeUnits } from './code-units.ts';

export interface TextEncoding {
  /** As TextDecoder names it. */
  readonly name: string;
  readonly units: CodeUnits;
}

/** So many bytes of a text show its mark. */
export const MARK_BYTES = 3;

const MARKS: readonly (readonly [mark: Buffer, name: string])[] = [
  [Buffer.of(0xef, 0xbb, 0xbf), UTF_8],
  [Buffer.of(0xff, 0xfe), 'utf-16le'],
  [Buffer.of(0xfe, 0xff), 'utf-16be'],
];

/** The encoding of a source that is configured with none. */
export const PLAIN_UTF_8: TextEncoding = { name: UTF_8, units: BYTES };

/** Returns the encoding of a text without a mark. `name`: as in the configuration; absent: UTF-8. */
export function encodingOf(name: string | undefined): TextEncoding {
  if (name === undefined || name === UTF_8) return PLAIN_UTF_8;
  if (name === UTF_16 || name === 'utf-16le') return { name: 'utf-16le', units: UTF_16LE_UNITS };
  return { name, units: name === 'utf-16be' ? UTF_16BE_UNITS : BYTES };
}

/**
 * Returns the encoding of a text that begins with `head`: that of its mark, or else the one that is configured. Undefined while `head` may
 * be a part of a mark; `isAll`: nothing follows it.
 */
export function encodingAt(head: Buffer, name: string | undefined, isAll = false): TextEncoding | undefined {
  const found = MARKS.find(([mark]) => mark.equals(head.subarray(0, mark.length)));
  if (found !== undefined) return encodingOf(found[1]);
  const isPart = MARKS.some(([mark]) => head.equals(mark.subarray(0, head.length)));
  return isPart && !isAll ? undefined : encodingOf(name);
}
