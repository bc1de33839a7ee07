/** The lines of a batch as text and as documents. Each is decoded when it is first asked for, and only once. */
import { ORIGIN_HEADER_LINE } from '../../config/decode/origins.ts';
import { originOf, type Batch, type Origins } from '../../event/batch.ts';
import type { DecodedLine, LineDecoder } from './line-decoder.ts';

export interface BatchLines {
  /** The bytes of the batch. */
  readonly bytes: Buffer;
  /** The line as text. A line end that the transport left is dropped. */
  text(i: number): string;
  /** The decoded line, or in words why it cannot be decoded. */
  decoded(i: number): DecodedLine | string;
  /** Where the lines came from, where steps ask for it. */
  readonly origins: Origins | undefined;
  /** Returns the text of a line whose bytes stand elsewhere, from `start` to `end`. It does not know the batch. */
  readonly textOf: (bytes: Buffer, start: number, end: number) => string;
  /** Decodes a text as one of the lines, but does not keep the result. It does not know the batch. */
  readonly decode: LineDecoder;
}

interface LinesKind {
  /** Lines consist of several, whose ends become plain line feeds. */
  readonly joined: boolean;
  readonly origins: Origins | undefined;
}

/** `decode` decodes a line, with or without a byte order mark. */
export function batchLines(batch: Batch, decode: LineDecoder, { joined, origins }: LinesKind): BatchLines {
  const { bytes, starts, ends } = batch;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: (string | undefined)[] = [];
  const documents: (DecodedLine | string | undefined)[] = [];

  const textOf = joined ? joinedText : lineText;
  const read = (i: number): string => textOf(buffer, starts[i]!, ends[i]!);

  return {
    bytes: buffer,
    text: (i) => (texts[i] ??= read(i)),
    decoded: (i) => (documents[i] ??= decode((texts[i] ??= read(i)), origins && originOf(origins, i))),
    origins,
    textOf,
    decode,
  };
}

function lineText(bytes: Buffer, start: number, lineEnd: number): string {
  let end = lineEnd;
  if (end > start && bytes[end - 1] === 0x0a) end -= 1;
  if (end > start && bytes[end - 1] === 0x0d) end -= 1;
  return bytes.toString('utf8', start, end);
}

function joinedText(bytes: Buffer, start: number, end: number): string {
  const line = lineText(bytes, start, end);
  return line.includes('\r\n') ? line.replaceAll('\r\n', '\n') : line;
}

/** Returns the header at the beginning of the file that the lines of a batch stand in, where its reader began behind that. */
export function headerAbove({ origins }: Batch): string | undefined {
  const header = origins?.[ORIGIN_HEADER_LINE];
  return typeof header === 'string' ? header : undefined;
}

/** Returns where the lines of a batch came from, with the header that holds for each. `header`: that of the batch before. */
export function withHeaders(batch: Batch, header: string | undefined): Origins | undefined {
  const { headers, origins } = batch;
  if (headers === undefined && header === undefined) return origins;
  return {
    ...origins,
    [ORIGIN_HEADER_LINE]: headers === undefined ? header! : headersOfLines(batch, header),
  };
}

function headersOfLines(
  { headers = [], offsets }: Batch,
  before: string | undefined,
): readonly (string | undefined)[] {
  const of: (string | undefined)[] = [];
  let header = before;
  for (const { line, fields } of headers) {
    while (of.length < line) of.push(header);
    header = fields;
  }
  while (of.length < offsets.length) of.push(header);
  return of;
}
