/** The rows that the thread of the archive makes from bytes are those that the events of the lines give. */
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { termsByLine, termsOfEvent } from '../../../test/support/block-terms.ts';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { atEverySize } from '../../../test/support/growth.ts';
import { oddLine, onlyKeywords, textAndKeywords } from '../../../test/support/odd-lines.ts';
import { lineHash } from '../../archive/event-id.ts';
import { BlockBuilder } from '../../archive/sqlite/blocks/block-builder.ts';
import { boundedFields } from '../../archive/sqlite/blocks/bounds.ts';
import { Rows, type Row } from '../../archive/sqlite/rows.ts';
import { EventStore } from '../../archive/sqlite/store.ts';
import { openForReading } from '../../archive/sqlite/tables.ts';
import type { Config, SourceConfig } from '../../config/config.ts';
import type { Batch, Origins } from '../../event/batch.ts';
import type { JsonObject, LogEvent, Schema } from '../../event/event.ts';
import { createMask } from '../../event/mask/mask.ts';
import { withoutMark } from '../../event/number-text.ts';
import { Pattern } from '../../event/pattern.ts';
import { keepSecret, redactKnown } from '../../event/redact.ts';
import { whole } from '../../event/slices.ts';
import { createDecoder, type DecodedBatch } from '../../ingest/decode/decoder.ts';
import { archiveReading, openReading } from './archive-reading.ts';
import { maskedEvents } from './masked-event.ts';

const READ_AT_MS = Date.UTC(2026, 10, 23, 12);

const SOURCE: SourceConfig = {
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 0 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 30_000,
};
const NO_MASK: Config['mask'] = { kinds: [], patterns: {}, archive: false };

interface World {
  readonly lines: readonly (string | Uint8Array)[];
  readonly schema: Schema;
  readonly source?: SourceConfig;
  readonly mask?: Config['mask'];
  readonly origins?: Origins;
}

interface IndexedRow extends Row {
  readonly terms: readonly string[];
}

/** Makes the rows as the thread of the archive does, which gets a copy of everything. */
function rowsOf({ lines, schema, source = SOURCE, mask = NO_MASK, origins }: World) {
  const { data } = archiveReading({ sources: [source], schema, mask });
  const reading = openReading(structuredClone(data) as Parameters<typeof openReading>[0]);
  const read = reading.read(structuredClone(batchOf(lines, origins)), undefined);
  const taken: Row[] = [];
  const textOf = (text: string | Uint8Array): string => Buffer.from(text as string).toString();
  const builder = new BlockBuilder(boundedFields(schema).length);
  const unfit = new Rows(schema, builder).each(
    read,
    (row) => taken.push({ ...row, line: textOf(row.line) }) > 0,
  );
  const terms = termsByLine(builder);
  const rows = taken.map((row, i): IndexedRow => ({ ...row, terms: terms[i]! }));
  return { rows, unfit, timing: read.timing };
}

const batchOf = (lines: World['lines'], origins: Origins | undefined): Batch => ({
  ...makeBatch(lines, { readAtMs: READ_AT_MS }),
  ...(origins !== undefined && { origins }),
});

function plainly({ lines, schema, source = SOURCE, origins }: World): DecodedBatch {
  return createDecoder(source, schema).decode(batchOf(lines, origins), undefined);
}

function expectSame(rows: readonly IndexedRow[], events: readonly LogEvent[], schema: Schema): void {
  expect(rows).toHaveLength(events.length);
  for (const [i, row] of rows.entries()) {
    const event = events[i]!;
    const { position, line, timeMs, timeliness, timeInferred, undecodable = null } = event;
    expect(row).toMatchObject({
      offset: position.offset,
      hash: lineHash(line),
      timeMs,
      timeliness,
      timeInferred: timeInferred ? 1 : 0,
      undecodable,
    });
    expect(row.line).toBe(line.toWellFormed());
    const document = JSON.parse(row.document ?? withoutMark(line)) as JsonObject;
    expect(JSON.stringify(document)).toBe(JSON.stringify(event.document));
    expect(row.terms).toEqual(termsOfEvent(event, schema));
  }
}

const BROKEN = [
  ...['', '{', 'null', '[1]', '{"message":"a\\u0000b","level":"\\ud800"}', '\ufeff{"message":"mark"}'],
  ...[
    '{"message":"a"}\r',
    '{"level":1e400,"status":1e400,"service":[null,{},[]]}',
    `{"level":"${'ß'.repeat(9_000)}"}`,
  ],
  ...[
    `{"service":"${'x'.repeat(9_000)}"}`,
    `{"level":"${'a'.repeat(63)}ﬁ"}`,
    '{"status":"slow","message":12.50}',
  ],
];

test('lines of any kind give the same rows and the same counts from their bytes, at every size', () => {
  atEverySize((size, random) => {
    const schema = random.chance(50) ? textAndKeywords : onlyKeywords;
    const odd = Array.from({ length: size }, () => oddLine(random));
    const lines = odd.map((line) => (random.chance(5) ? random.pick(BROKEN) : line));
    const { rows, unfit, timing } = rowsOf({ lines, schema });
    const plain = plainly({ lines, schema });
    expectSame(rows, plain.events, schema);
    expect(timing).toBe(plain.timing);
    expect(new Map([...unfit].sort())).toEqual(new Map([...plain.counts.unfit].sort()));
  });
});

test('bytes that are no UTF-8, other kinds of lines and lines of several give the same rows', () => {
  const bytes = [Buffer.of(0xff, 0x7b), Buffer.from('{"message":"\xff\xc3"}', 'latin1')];
  const multiline = { by: 'start', pattern: '^\\d', waitMs: 1_000, linesMax: 1_000 } as const;
  const kinds: SourceConfig['decode'][] = [
    { steps: [{ kind: 'json' }] },
    { steps: [{ kind: 'json' }, { kind: 'kv', field: 'message' }] },
    { steps: [{ kind: 'logfmt' }] },
    { steps: [{ kind: 'dissect', patterns: ['%{level} %{message}'] }], multiline },
  ];
  for (const decode of kinds) {
    const world = {
      lines: [...bytes, 'level=ERROR message="a b=1"', '1 x\r\n y', '{"message":"k=v"}'],
      schema: textAndKeywords,
      source: { ...SOURCE, decode },
    };
    expectSame(rowsOf(world).rows, plainly(world).events, world.schema);
  }
});

test('the state of the decoder goes from batch to batch, over a new start, and back where a batch says so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-reading-'));
  try {
    const path = join(folder, 'archive.db');
    const { data } = archiveReading({ sources: [SOURCE], schema: textAndKeywords, mask: NO_MASK });
    const opened = (): EventStore => {
      const reading = openReading(structuredClone(data) as Parameters<typeof openReading>[0]);
      return new EventStore({ path, fingerprint: 'f', schema: textAndKeywords, reading });
    };
    const line = (second: number, time: boolean): string =>
      JSON.stringify({
        ...(time && { '@timestamp': new Date(READ_AT_MS - 600_000 + 1_000 * second).toISOString() }),
        message: `at ${second}`,
      });
    // The second of each is behind the watermark, the third has no time of its own.
    const batches = [90, 180, 270].map((second, i) =>
      makeBatch(
        [line(second, true), line(second - 50, true), line(second, false)],
        { readAtMs: READ_AT_MS },
        3 * i,
      ),
    );
    const decoder = createDecoder(SOURCE, textAndKeywords);
    const expected: unknown[] = [];
    const timings: (string | undefined)[] = [undefined];
    for (const batch of batches) {
      const decoded = decoder.decode(batch, timings.at(-1));
      timings.push(decoded.timing);
      for (const { position, timeMs, timeliness } of decoded.events)
        expected.push([position.offset, timeMs, timeliness]);
    }
    const first = opened();
    const before = { timing: undefined };
    expect(first.write([{ batch: batches[0]!, before }, { batch: batches[1]! }], 1).timings).toEqual(
      timings.slice(1, 3),
    );
    first.close();
    const second = opened();
    expect(second.write([{ batch: batches[2]! }], 1).timings).toEqual([timings[3]]);
    const again = [{ batch: batches[1]!, before: { timing: timings[1] } }, { batch: batches[2]! }];
    expect(second.write(again, 1)).toMatchObject({ created: 0, existing: 6, timings: timings.slice(2) });
    second.close();
    const db = openForReading(path);
    const rows = db.prepare('SELECT offset, time_ms, timeliness FROM events ORDER BY offset').all();
    db.close();
    expect(rows.map((row) => Object.values(row))).toEqual(expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an archive that is masked keeps what the mask shows, credentials of the process included', () => {
  keepSecret('hunter2hunter2');
  const patterns = { order: new Pattern('ORD-\\d+') };
  const world: World = {
    lines: [
      '{"message":"card 4111 1111 1111 1111 ORD-17","n":1.0}',
      '{"message":"hunter2hunter2"}',
      'plain ORD-18',
      '{"message":"nothing"}',
    ],
    schema: textAndKeywords,
    mask: { kinds: ['cards'], patterns, archive: true },
  };
  const { rows } = rowsOf(world);
  const mask = createMask({ kinds: ['cards'], patterns, redact: redactKnown });
  expectSame(rows, whole(maskedEvents(plainly(world).events, mask)), world.schema);
  const text = JSON.stringify(rows);
  for (const hidden of ['4111', 'ORD-', 'hunter2']) expect(text).not.toContain(hidden);
});

test('the thread of the archive knows where lines came from, and so do lines that are kept', () => {
  const values = { service: '{@file}', level: '{@kafka.key}', message: '{@source} {@host}' };
  const source: SourceConfig = {
    ...SOURCE,
    decode: {
      steps: [
        { kind: 'json' },
        { kind: 'set', values },
        { kind: 'regex', patterns: ['/(?<pod>[^/]+)[.]log'], field: '@file' },
      ],
    },
  };
  const origins = { '@file': '/logs/web-1.log', '@kafka.key': ['a', undefined, 'c'] };
  const world = { lines: ['{}', '{"level":"own"}', '{}'], schema: textAndKeywords, source, origins };
  const plain = plainly(world);
  expectSame(rowsOf(world).rows, plain.events, textAndKeywords);
  const here = { service: '/logs/web-1.log', message: `orders ${hostname()}`, pod: 'web-1' };
  expect(plain.events.map(({ document }) => document)).toEqual([
    { ...here, level: 'a' },
    { ...here, level: 'own' },
    { ...here, level: 'c' },
  ]);
  const level = textAndKeywords.byName.get('level')!;
  const kept = plain.alone([0, 2]);
  expect([kept.of(0), kept.of(2), plain.events[2]!.alone!()].map((line) => line.values(level))).toEqual([
    ['A'],
    ['C'],
    ['C'],
  ]);
});
