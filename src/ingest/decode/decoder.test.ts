import { describe, expect, test } from 'vitest';
import type { SourceConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import type { Field } from '../../event/event.ts';
import { makeSchema } from '../../event/schema.ts';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { createDecoder, type DecodedBatch } from './decoder.ts';

const FIELDS: readonly Field[] = [
  { name: 'order_id', type: 'keyword', paths: ['order_id'] },
  { name: 'took', type: 'long', paths: ['took'] },
  { name: 'message', type: 'text', paths: ['message'] },
];
const schema = makeSchema(FIELDS);
const CLOCK_MS = Date.UTC(2026, 10, 23, 8);

const source = (more: Partial<SourceConfig> = {}): SourceConfig => ({
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'epoch_ms', timezone: 'UTC' },
  latenessMs: 30_000,
  ...more,
});

const batchOf = (lines: readonly (string | Uint8Array)[], more: Partial<Batch> = {}): Batch =>
  makeBatch(lines, { source: 'orders', partition: 3, readAtMs: CLOCK_MS, ...more }, 100);

const at = (offsetMs: number, more: object = {}): string =>
  JSON.stringify({ '@timestamp': CLOCK_MS + offsetMs, ...more });

/** Lines decoded together. */
const decoded = (lines: readonly string[], config = source()): DecodedBatch =>
  createDecoder(config, schema).decode(batchOf(lines), undefined);

describe('events', () => {
  test('nanoseconds keep the digits that a double loses', () => {
    const config = source({ timestamp: { path: ['t'], format: 'epoch_ns', timezone: 'UTC' } });
    const { events } = decoded(['{"t":1674981849122999999}', '{"t":1674981849123000000}'], config);
    expect(events.map((event) => event.timeMs)).toEqual([1674981849122, 1674981849123]);
  });

  test.each<[string, Partial<SourceConfig['timestamp']>, string, number | undefined]>([
    [
      'two fields',
      { path: [['d', 't']], format: 'yyyy-MM-dd HH:mm:ss' },
      '{"d":"2026-11-27","t":"11:10:05"}',
      5_000,
    ],
    [
      'two fields of which one is missing',
      { path: [['d', 't']], format: 'yyyy-MM-dd' },
      '{"d":"2026-11-27"}',
      undefined,
    ],
    [
      'the second place',
      { path: [['d', 't'], 'w'], format: ['iso8601', 'epoch_s'] },
      '{"d":"2026-11-27","w":1795777806}',
      6_000,
    ],
    [
      'seconds and nanoseconds',
      { path: [{ seconds: 't.seconds', nanos: 't.nanos' }] },
      '{"t":{"seconds":1795777805,"nanos":123456789}}',
      5_123,
    ],
    ['seconds in a text', { path: [{ seconds: 's', nanos: 'n' }] }, '{"s":"1795777805"}', 5_000],
    [
      'nanoseconds that are too many',
      { path: [{ seconds: 's', nanos: 'n' }] },
      '{"s":1,"n":1000000000}',
      undefined,
    ],
    [
      'microseconds with more digits than a double',
      { path: ['t'], format: ['iso8601', 'epoch_us'] },
      '{"t":1795777805123456.000000001}',
      5_123,
    ],
  ])('a time stands in %s', (_where, timestamp, line, expected) => {
    const config = source({ timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC', ...timestamp } });
    const { events } = decoded([line], config);
    expect(events[0]!.timeInferred).toBe(expected === undefined);
    if (expected !== undefined) expect(events[0]!.timeMs - Date.UTC(2026, 10, 27, 11, 10)).toBe(expected);
  });

  test('carry position, line and values; a number is its text to a keyword field', () => {
    const line = '{"order_id":1.0,"took":"12","@timestamp":1}';
    const event = createDecoder(source(), schema).decode(batchOf(['{}', `${line}\r`]), undefined).events[1]!;
    expect(event.position).toEqual({ source: 'orders', partition: 3, offset: 101 });
    expect(event.line).toBe(line);
    expect(FIELDS.map((field) => event.values(field))).toEqual([['1.0'], [12], []]);
  });

  test('begin with a byte order mark as if there were none', () => {
    const [event] = decoded(['\ufeff{"order_id":12345678901234567890}']).events;
    expect(event!.values(FIELDS[0]!)).toEqual(['12345678901234567890']);
  });

  test.each([
    ['logfmt', { kind: 'logfmt' } as const, 'order_id=A17 took=5'],
    ['dissect', { kind: 'dissect', patterns: ['%{order_id} %{took}'] } as const, 'A17 5'],
  ])('a byte order mark is no part of the first %s key or value', (_kind, decode, text) => {
    const { events, counts } = decoded([`\ufeff${text}`], source({ decode: { steps: [decode] } }));
    expect(events[0]!.values(FIELDS[0]!)).toEqual(['A17']);
    expect(events[0]!.values(FIELDS[1]!)).toEqual([5]);
    expect(counts.undecodable).toBe(0);
  });

  test('the message of an undecodable line has no byte order mark', () => {
    expect(decoded(['\ufeffplain']).events[0]!.document).toEqual({ message: 'plain' });
  });

  test('lines whose bytes are no UTF-8 are counted, whatever stands around them', () => {
    const gbk = Buffer.concat([Buffer.from('{"message":"'), Buffer.of(0xb6, 0xa9), Buffer.from('"}')]);
    const decode = (lines: readonly (string | Uint8Array)[]): number =>
      createDecoder(source(), schema).decode(batchOf(lines), undefined).counts.garbled?.lines ?? 0;
    expect(decode(['{"message":"订单"}', gbk, '{}', Buffer.concat([gbk, gbk])])).toBe(2);
    expect(decode(['{"message":"订单"}', '\ufeff{}', ''])).toBe(0);
  });

  test('bytes around the lines of a batch count for nothing', () => {
    const batch = batchOf([Buffer.of(0xff), '{}', Buffer.of(0xff)]);
    const middle = {
      ...batch,
      starts: batch.starts.slice(1, 2),
      ends: batch.ends.slice(1, 2),
      offsets: batch.offsets.slice(1, 2),
    };
    expect(createDecoder(source(), schema).decode(middle, undefined).counts.garbled).toBeUndefined();
  });

  test('an undecodable line is its message and nothing else', () => {
    const event = decoded(['order_id=A17 {']).events[0]!;
    expect(event.undecodable).toBe('not valid JSON');
    expect(event.document).toEqual({ message: 'order_id=A17 {' });
    expect(decoded(['{}']).events[0]!.undecodable).toBeUndefined();
  });

  test('unfit values are counted as they are read, once', () => {
    const { events, counts } = decoded(['{"took":"soon"}', '{"took":[1,"x","y"]}']);
    expect([...counts.unfit]).toEqual([]);
    for (const event of [...events, ...events]) event.values(FIELDS[1]!);
    expect([...counts.unfit]).toEqual([['took', 3]]);
  });

  test('bytes that are no UTF-8 become U+FFFD and NUL stays', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"message":"a\\u0000'),
      Buffer.of(0xff, 0xe6, 0x94),
      Buffer.from('"}'),
    ]);
    const event = createDecoder(source(), schema).decode(batchOf([bytes]), undefined).events[0]!;
    expect(event.values(FIELDS[2]!)).toEqual(['a\0\ufffd\ufffd']);
  });

  test('key=value pairs of a named field are added, over several lines joined by CR LF', () => {
    const config = source({
      decode: {
        steps: [
          { kind: 'dissect', patterns: ['%{@timestamp} %{message}'] },
          { kind: 'kv', field: 'message' },
        ],
        multiline: { by: 'start', pattern: '^\\d', waitMs: 1_000, linesMax: 1_000 },
      },
    });
    const event = decoded(['1 failed order_id=A17\r\n  at x took=5'], config).events[0]!;
    expect(event.values(FIELDS[0]!)).toEqual(['A17']);
    expect(event.values(FIELDS[1]!)).toEqual([5]);
    expect(event.line).toBe('1 failed order_id=A17\n  at x took=5');
  });

  test('an empty batch changes nothing', () => {
    const timing = decoded([at(0)]).timing;
    const empty = createDecoder(source(), schema).decode(batchOf([]), timing);
    expect(empty).toMatchObject({ events: [], timing, watermarkMs: CLOCK_MS - 30_000 });
  });

  test('a wrong pattern, time format or zone is refused when the decoder is made', () => {
    const timestamp = source().timestamp;
    expect(() =>
      createDecoder(source({ decode: { steps: [{ kind: 'dissect', patterns: [''] }] } }), schema),
    ).toThrow('has no %{key}');
    expect(() => createDecoder(source({ timestamp: { ...timestamp, format: 'HH:mm' } }), schema)).toThrow(
      'no day',
    );
    expect(() =>
      createDecoder(
        source({ timestamp: { ...timestamp, format: 'syslog', timezone: 'Asia/Beijing' } }),
        schema,
      ),
    ).toThrow('Asia/Beijing');
  });
});
