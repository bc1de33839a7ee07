/** The documents that Elasticsearch's archive makes from bytes are those that it makes of events. */
import { expect, test } from 'vitest';
import { orderLines } from '../../../test/bench/lines/order-lines.ts';
import { orderSchema } from '../../../test/bench/peers/order-schema.ts';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { atEverySize } from '../../../test/support/growth.ts';
import { oddLine, onlyKeywords, textAndKeywords } from '../../../test/support/odd-lines.ts';
import { seeded } from '../../../test/support/timelines.ts';
import type { ArchivedLines } from '../../archive/archive.ts';
import { documentSource } from '../../archive/elasticsearch/document.ts';
import { Documents } from '../../archive/elasticsearch/documents.ts';
import { eventId } from '../../archive/event-id.ts';
import { fieldKernel } from '../../archive/sqlite/field-kernel.ts';
import type { Schema } from '../../event/event.ts';
import { makeSchema } from '../../event/schema.ts';
import { createDecoder, type Decoding } from '../../ingest/decode/decoder.ts';

const LINES = Number(process.env['TOCSIN_CASES'] ?? 20_000);
const READ_AT_MS = Date.UTC(2026, 10, 23, 12);
const SOURCE: Decoding = {
  name: 'orders "一"',
  decode: { kind: 'json' },
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
function expectSame(lines: readonly (string | Uint8Array)[], schema: Schema, firstOffset = 0): number {
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

test(`documents of ${LINES} odd lines`, () => {
  const random = seeded(Number(process.env['TOCSIN_SEED'] ?? 1));
  let fromBytes = 0;
  for (let from = 0; from < LINES; from += 100) {
    const lines = Array.from({ length: 100 }, () => oddLine(random));
    fromBytes += expectSame(lines, random.pick([textAndKeywords, onlyKeywords]), from);
  }
  expect(fromBytes).toBeGreaterThan(LINES / 10);
});

test('batches of any size', () => {
  atEverySize((size, random) => {
    if (size > 500) return;
    expectSame(
      Array.from({ length: size }, () => oddLine(random)),
      textAndKeywords,
    );
  });
});

test('every line of an order service is copied, with blanks or without', () => {
  const { lines } = orderLines(2_000);
  const schema = orderSchema();
  expect(expectSame(lines, schema)).toBe(lines.length);
  const spaced = lines.map((line) => line.replaceAll('":', '": ').replaceAll(',"', ', "'));
  expect(expectSame(spaced, schema)).toBe(lines.length);
});

const fields = makeSchema([
  { name: 'a', type: 'text', paths: ['a', 'b'] },
  { name: 'upper', type: 'keyword', paths: ['a'], normalise: 'upper' },
  { name: 'lower', type: 'keyword', paths: ['b', 'a'], normalise: 'lower' },
  { name: 'number', type: 'double', paths: ['n', 'a'] },
  { name: 'whole', type: 'long', paths: ['n'] },
  { name: 'is "so"', type: 'boolean', paths: ['n', 'c'] },
  { name: 'when', type: 'date', paths: ['n'] },
]);

test('lines that need more than a copy, and those beside them', () => {
  const values = [
    ...[
      '1',
      '-0',
      '1.0',
      '1.5',
      '1e400',
      '1e21',
      '9007199254740992',
      '123456789012345',
      '0.000001',
      '"1"',
      'true',
    ],
    ...[
      '"Ab"',
      '"Äb"',
      '"a\\nB"',
      '"\\u0041"',
      '"\\ud800"',
      '"\\/"',
      '""',
      'null',
      '[]',
      '[1]',
      '[1,"x"]',
      '{}',
    ],
    ...[`"${'x'.repeat(8_191)}"`, `"${'x'.repeat(8_192)}"`, '"2026-11-20T08:00:00.000Z"', '{"@timestamp":1}'],
  ];
  const documents = values.flatMap((a) => values.map((n) => `{"a":${a},"n":${n},"c":true}`));
  const times = [
    '"2026-11-23T11:59:59.999Z"',
    '"2026-11-23T12:00:00Z"',
    '0',
    '"0001-01-01T00:00:00.001Z"',
    '"soon"',
  ];
  const timed = times.map((time) => `{"@timestamp":${time},"b":"B"}`);
  const others = [
    ...['', 'no JSON', '[1]', 'null', '{"a":1', '\ufeff{"a":1}', ' {"a":1}', '{"a":1}\r', '{"a":"\t"}'],
    ...['{"a":1,"a":2}', '{"x":1,"x":2}', '{"1":1,"0":2}', '{"__proto__":{"a":1},"raw":2,"tocsin.line":3}'],
    ...[`{"x":${'['.repeat(17)}${']'.repeat(17)}}`, `{"x":${'['.repeat(18)}${']'.repeat(18)}}`],
    ...[`{"a":"${'支'.repeat(3_000)}"}`, `{"a":"${'x'.repeat(70_000)}"}`, `{"${'k'.repeat(7_600)}":1}`],
  ];
  expectSame([...documents, ...timed, ...others, Buffer.from([0x7b, 0xff, 0x7d])], fields);
  expectSame([Buffer.from('{"a":"\xff"}', 'latin1'), '{"a":"x"}'], fields);
});

test('a line that is on no tape is made of its event', () => {
  const { documents } = worldOf(fields);
  const batch = makeBatch(['{"a":"x"}'], { source: SOURCE.name, readAtMs: READ_AT_MS });
  const lines: ArchivedLines = createDecoder(SOURCE, fields).decode(batch, undefined);
  expect(documents.of(lines, 0).source).toBeTypeOf('string');
});
