/** Holds the documents that Elasticsearch's archive makes from bytes to those that it makes of events. */
import { expect } from 'vitest';
import { documentSource } from '../../src/archive/elasticsearch/document.ts';
import { Documents } from '../../src/archive/elasticsearch/documents.ts';
import { eventId } from '../../src/archive/event-id.ts';
import { fieldKernel } from '../../src/archive/sqlite/field-kernel.ts';
import type { Schema } from '../../src/event/event.ts';
import { createDecoder, type DecodedBatch, type Decoding } from '../../src/ingest/decode/decoder.ts';
import { makeBatch } from './byte-batch.ts';
import { oddLine, onlyKeywords, textAndKeywords } from './odd-lines.ts';
import type { Random } from './timelines.ts';

const READ_AT_MS = Date.UTC(2026, 10, 23, 12);
const SOURCE: Decoding = {
  name: 'orders "一"',
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 30_000,
};

/** One archive for each schema, as in a process. */
const worlds = new Map<Schema, Pick<World, 'documents' | 'kernel'>>();
interface World {
  readonly documents: Documents;
  readonly kernel: ReturnType<typeof fieldKernel>;
}

function worldOf(schema: Schema): World {
  const known = worlds.get(schema) ?? { documents: new Documents(schema), kernel: fieldKernel(schema) };
  worlds.set(schema, known);
  return known;
}

/** Compares all documents. Returns how many were made from bytes. */
export function expectSameDocuments(
  lines: readonly (string | Uint8Array)[],
  schema: Schema,
  firstOffset = 0,
): number {
  const batch = makeBatch(lines, { source: SOURCE.name, readAtMs: READ_AT_MS }, firstOffset);
  const { documents, kernel } = worldOf(schema);
  const decoder = createDecoder(SOURCE, schema);
  const read = decoder.decode(batch, undefined, kernel);
  const plain = decoder.decode(batch, undefined);
  let fromBytes = 0;
  const made = lines.map((_, i) => documents.of(read, i));
  for (const [i, { id, source }] of made.entries()) {
    const event = plain.event(i);
    const expected = documentSource(event, schema);
    const line = event.line;
    expect(id, line).toBe(eventId(event));
    const text = typeof source === 'string' ? source : Buffer.from(source).toString();
    const document = JSON.parse(text) as Record<string, unknown>;
    expect(document, line).toEqual(JSON.parse(expected));
    if (typeof source === 'string') continue;
    fromBytes += 1;
    // No key stands there twice, and nothing is written otherwise than by JSON.stringify.
    if (document['tocsin.line'] === undefined) expect(JSON.stringify(document), line).toBe(text);
  }
  expect(read.counts.unfit).toEqual(plain.counts.unfit);
  return fromBytes;
}

/** The same for any number of odd lines. */
export function expectSameOfOddLines(count: number, random: Random): number {
  let fromBytes = 0;
  for (let from = 0; from < count; from += AT_ONCE) {
    const lines = Array.from({ length: AT_ONCE }, () => oddLine(random));
    fromBytes += expectSameDocuments(lines, random.pick([textAndKeywords, onlyKeywords]), from);
  }
  return fromBytes;
}

/** Decodes lines the plain way, which gives no tape. */
export function decodedPlainly(lines: readonly string[], schema: Schema): DecodedBatch {
  const batch = makeBatch(lines, { source: SOURCE.name, readAtMs: READ_AT_MS });
  return createDecoder(SOURCE, schema).decode(batch, undefined);
}

const AT_ONCE = 100;
