/** Makes the documents of lines: from the bytes of a line where they allow it, else from its event. */
import type { Schema } from '../../event/event.ts';
import type { ArchivedLines } from '../archive.ts';
import { eventId } from '../event-id.ts';
import type { BulkDocument } from './bulk-request.ts';
import { DocumentBytes } from './document-bytes.ts';
import { documentSource } from './document.ts';

export class Documents {
  readonly #schema: Schema;
  readonly #fromBytes: DocumentBytes;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#fromBytes = new DocumentBytes(schema);
  }

  /** Returns id and document of line `i`. */
  of(lines: ArchivedLines, i: number): Pick<BulkDocument, 'id' | 'source'> {
    const made = this.#fromBytes.of(lines, i);
    if (made === undefined) {
      const event = lines.event(i);
      return { id: eventId(event), source: documentSource(event, this.#schema) };
    }
    const { source, partition, offsets } = lines.batch;
    const position = { source, partition, offset: offsets[i]! };
    return { id: eventId({ position, line: made.line }), source: made.source };
  }
}
