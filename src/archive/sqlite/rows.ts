/** Makes the rows of the archive from lines, on the thread that writes them. */
import { TIMELINESS } from '../../event/decoded-lines.ts';
import { isDeep } from '../../event/depth.ts';
import type { LogEvent, Schema, Timeliness } from '../../event/event.ts';
import type { ReadLines } from '../archive.ts';
import { lineHash } from '../event-id.ts';
import type { BlockBuilder } from './blocks/block-builder.ts';
import { LineTerms } from './line-terms.ts';

/** A row of `events`. Texts are strings or their UTF-8. Void after the next row. */
export interface Row {
  readonly offset: number;
  readonly hash: string;
  readonly timeMs: number;
  readonly timeInferred: 0 | 1;
  readonly timeliness: Timeliness;
  readonly undecodable: string | null;
  readonly line: string | Uint8Array;
  readonly document: string | null;
}

export class Rows {
  readonly #builder: BlockBuilder;
  readonly #terms: LineTerms;

  /** `builder`: gets the terms of each line before its row is taken. */
  constructor(schema: Schema, builder: BlockBuilder) {
    this.#builder = builder;
    this.#terms = new LineTerms(schema, builder);
  }

  /**
   * Calls `take` for each line, in order. It returns true if the row was stored, and false if there is such a row. Returns how many values
   * did not fit the type of their field, by field.
   */
  each(lines: ReadLines, take: (row: Row) => boolean): ReadonlyMap<string, number> {
    const unfit = new Map<string, number>();
    const { offsets, bytes } = lines.batch;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < offsets.length; i += 1) {
      const isOnTape = this.#terms.addLine(lines.tape, i, buffer, unfit);
      const texts = isOnTape ? ofBytes(lines, i, buffer) : this.#ofEvent(lines.event(i));
      const timeMs = lines.timesMs[i]!;
      const timeliness = TIMELINESS[lines.timeliness[i]!]!;
      const isStored = take({
        offset: offsets[i]!,
        hash: texts.hash,
        timeMs,
        timeInferred: lines.inferred[i] === 1 ? 1 : 0,
        timeliness,
        undecodable: texts.undecodable,
        line: texts.line,
        document: texts.document,
      });
      if (isStored) this.#builder.keep({ timeMs, isFuture: timeliness === 'future' });
      else this.#builder.drop();
    }
    // Lines that are not on a tape were read as events.
    for (const [field, count] of lines.unfit) unfit.set(field, (unfit.get(field) ?? 0) + count);
    return unfit;
  }

  #ofEvent(event: LogEvent): Texts {
    const { line, undecodable = null } = event;
    this.#terms.addEvent(event);
    const json = documentText(event);
    return { hash: lineHash(line), line, undecodable, document: json === line ? null : json };
  }
}

type Texts = Pick<Row, 'hash' | 'line' | 'undecodable' | 'document'>;

/** A line whose values are on a tape is JSON, and its document is that JSON. */
function ofBytes({ batch }: ReadLines, i: number, bytes: Buffer): Texts {
  const start = batch.starts[i]!;
  let end = batch.ends[i]!;
  // A line end that the transport left is no part of the line.
  if (end > start && bytes[end - 1] === 0x0a) end -= 1;
  if (end > start && bytes[end - 1] === 0x0d) end -= 1;
  const line = bytes.subarray(start, end);
  return { hash: lineHash(line), line, undecodable: null, document: null };
}

function documentText(event: LogEvent): string {
  // The line is kept whole; the document is kept as `message` alone.
  return isDeep(event.document, event.line)
    ? JSON.stringify({ message: event.line })
    : JSON.stringify(event.document);
}
