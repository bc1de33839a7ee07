import { rightClock } from '../../../test/support/clock.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  archiveBatch,
  collect,
  condition,
  literal,
  logEvent,
  orderSchema,
  SOME_TIME_MS,
} from '../../../test/support/archived-events.ts';
import { dyingReading, eventReading } from '../../../test/support/event-reading.ts';
import { silent } from '../../event/telemetry.ts';
import { makeSchema } from '../../event/schema.ts';
import type { LogEvent } from '../../event/event.ts';
import type { Condition } from '../../rule/ast.ts';
import type { SearchHit, SearchRequest } from '../archive.ts';
import { SqliteArchive } from './sqlite-archive.ts';
import { FixableError } from '../../event/fixable-error.ts';

const DAY_MS = 86_400_000;
let folder: string;
let path: string;
const OPENED: SqliteArchive[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-sqlite-'));
  path = join(folder, 'sub', 'archive.db');
});

afterEach(async () => {
  await Promise.all(OPENED.splice(0).map((archive) => archive.close()));
  rmSync(folder, { recursive: true });
});

async function open(
  schema = orderSchema,
  now: () => number = () => rightClock().nowMs(),
  reading = eventReading,
): Promise<SqliteArchive> {
  const archive = new SqliteArchive(
    { kind: 'sqlite', path, retentionMs: 30 * DAY_MS },
    schema,
    silent,
    rightClock(now),
    reading,
  );
  OPENED.push(archive);
  await archive.open();
  return archive;
}

const everything = { limit: 1_000, matches: () => true };

function hits(
  archive: SqliteArchive,
  where: Condition,
  more: Partial<SearchRequest> = {},
): Promise<SearchHit[]> {
  return collect(archive.search({ condition: where, ...everything, ...more }));
}

/** Offsets of the candidates that the index leaves to the matcher. */
async function candidateOffsets(archive: SqliteArchive, where: Condition): Promise<number[]> {
  const asked: number[] = [];
  const matches = (event: LogEvent): boolean => asked.push(event.position.offset) > 0;
  await hits(archive, where, { matches });
  return asked.sort((a, b) => a - b);
}

const anything = condition.not(condition.value('nothing says this'));

describe('the embedded archive', () => {
  test('gives back the line, the document and the time of what was written, newest first', async () => {
    const archive = await open();
    const odd = logEvent(
      { message: 'x' },
      { offset: 2, timeMs: SOME_TIME_MS - 5, line: '{ "message":"x\\u0000" }\u0000' },
    );
    const events = [logEvent({ message: 'order_timeout' }, { offset: 1 }), odd];
    await archive.write(archiveBatch(events));
    expect(await archive.flush(5_000)).toBe(true);
    const found = await hits(archive, anything);
    expect(found.map(({ line, document, timeMs, source }) => ({ line, document, timeMs, source }))).toEqual(
      events.map(({ line, document, timeMs }) => ({ line, document, timeMs, source: 'orders' })),
    );
    expect(new Set(found.map((hit) => hit.id)).size).toBe(2);
  });

  test('keeps position and timing with the events, over a restart', async () => {
    const archive = await open();
    const { durable } = await archive.write(
      archiveBatch([logEvent({ message: 'a' }, { offset: 7, partition: 3 })], '{"watermark":5}'),
    );
    const position = { offset: 8, proof: 'proof of 8' };
    await durable;
    expect(archive.position('orders', 3)?.position).toEqual(position);
    await archive.flush(5_000);
    await archive.close();
    const again = await open();
    expect(again.position('orders', 3)).toEqual({ position, timing: '{"watermark":5}' });
    expect(again.position('orders', 0)).toBeUndefined();
  });

  test('stores a replayed batch once and another line at the same place beside it', async () => {
    const archive = await open();
    const batch = archiveBatch([logEvent({ message: 'a' }), logEvent({ message: 'b' }, { offset: 1 })]);
    await archive.write(batch);
    await archive.write(batch);
    await archive.write(archiveBatch([logEvent({ message: 'another topic began here' })]));
    await archive.flush(5_000);
    expect((await hits(archive, anything)).map((hit) => hit.document.message).sort()).toEqual([
      'a',
      'another topic began here',
      'b',
    ]);
  });

  test('narrows to the events that hold every word, whole keyword, number or prefix', async () => {
    const archive = await open();
    const documents = [
      { message: 'payment gateway timeout', level: 'error', service: 'pay-service', status: 500 },
      { message: 'order_timeout while waiting', level: 'ERROR', service: 'pay', status: '200' },
      { message: '支付成功', service: 'order', order_id: 'A17' },
      { error: { message: 'Gateway closed' }, level: 'warn', service: ['order', 'pay'] },
    ];
    await archive.write(archiveBatch(documents.map((document, offset) => logEvent(document, { offset }))));
    await archive.flush(5_000);
    const { value, field, and, or, not, exists } = condition;
    const cases: [Condition, number[]][] = [
      [value('gateway'), [0, 3]],
      [value('Gateway timeout'), [0]],
      [value('timeout'), [0]],
      [value('支付'), [2]],
      [value('error', 'word'), [0, 1]],
      [value('ord', 'prefix'), [1]],
      [field('service', literal('pay')), [1, 3]],
      [field('service', literal('pay', 'prefix')), [0, 1, 3]],
      [field('service', literal('order'), literal('pay-service')), [0, 2, 3]],
      [field('status', literal('200', 'number')), [1]],
      [field('order_id', literal('A17')), [2]],
      [and(value('gateway'), not(value('timeout'))), [0, 3]],
      [or(value('gateway'), exists('order_id')), [0, 1, 2, 3]],
      [not(value('gateway')), [0, 1, 2, 3]],
    ];
    for (const [where, expected] of cases) expect(await candidateOffsets(archive, where)).toEqual(expected);
  });

  test('lets the matcher decide on the values that the event had when it was written', async () => {
    const archive = await open();
    const line = '{"message":"m","service":1.0,"paid":"","duration_ms":"2.5","due":"2026-11-23T10:00:00Z"}';
    await archive.write(archiveBatch([logEvent(JSON.parse(line) as never, { line })]));
    await archive.flush(5_000);
    const seen: unknown[] = [];
    const matches = (event: LogEvent): boolean => {
      seen.push(
        ...orderSchema.fields
          .map((field) => [field.name, ...event.values(field)])
          .filter((v) => v.length > 1),
      );
      return false;
    };
    expect(await hits(archive, condition.value('m'), { matches })).toEqual([]);
    expect(seen).toEqual([
      ['service', '1.0'],
      ['duration_ms', 2.5],
      ['paid', false],
      ['due', Date.UTC(2026, 10, 23, 10)],
      ['message', 'm'],
    ]);
  });

  test('keeps to the time asked for and to the limit', async () => {
    const archive = await open();
    const events = Array.from({ length: 500 }, (_, offset) =>
      logEvent({ message: `line ${offset}` }, { offset, timeMs: SOME_TIME_MS + offset }),
    );
    await archive.write(archiveBatch(events));
    await archive.flush(5_000);
    const sinceMs = SOME_TIME_MS + 100;
    const untilMs = SOME_TIME_MS + 399;
    const where = condition.value('line');
    expect(await hits(archive, where, { sinceMs, untilMs })).toHaveLength(300);
    const first = await hits(archive, anything, { untilMs, limit: 3 });
    expect(first.map((hit) => hit.document.message)).toEqual(['line 399', 'line 398', 'line 397']);
  });

  test('finds what was indexed before a field was declared', async () => {
    const before = await open(makeSchema([{ name: 'message', type: 'text', paths: ['message'] }]));
    await before.write(archiveBatch([logEvent({ message: 'old', order_id: 'A17' })]));
    await before.flush(5_000);
    await before.close();
    const after = await open();
    await after.write(archiveBatch([logEvent({ message: 'new', order_id: 'A17' }, { offset: 1 })]));
    await after.write(archiveBatch([logEvent({ message: 'new', order_id: 'B2' }, { offset: 2 })]));
    await after.flush(5_000);
    expect(await candidateOffsets(after, condition.field('order_id', literal('A17')))).toEqual([0, 1]);
  });

  test('removes what was stored longer ago than the retention, and only that', async () => {
    let nowMs = SOME_TIME_MS;
    const archive = await open(orderSchema, () => nowMs);
    const old = Array.from({ length: 2_500 }, (_, offset) => logEvent({ message: 'old' }, { offset }));
    await archive.write(archiveBatch(old));
    await archive.flush(5_000);
    nowMs += 20 * DAY_MS;
    await archive.write(archiveBatch([logEvent({ message: 'from long ago' }, { offset: 2_500, timeMs: 0 })]));
    await archive.flush(5_000);
    nowMs += 11 * DAY_MS;
    await archive.write(archiveBatch([logEvent({ message: 'new' }, { offset: 2_501, timeMs: nowMs })]));
    const left = async (): Promise<unknown[]> =>
      (await hits(archive, anything)).map((hit) => hit.document.message);
    await vi.waitFor(async () => expect(await left()).toEqual(['new', 'from long ago']), {
      timeout: 10_000,
      interval: 100,
    });
  });

  test('removes nothing because a clock is far ahead: at a start, nor later while the lines say otherwise', async () => {
    let nowMs = SOME_TIME_MS;
    const before = await open(orderSchema, () => nowMs);
    await before.write(archiveBatch([logEvent({ message: 'a' })]));
    await before.flush(5_000);
    await before.close();
    nowMs += 40 * DAY_MS;
    const archive = await open(orderSchema, () => nowMs);
    for (let offset = 1; offset < 4; offset++) {
      const time = { offset, timeMs: SOME_TIME_MS + offset };
      await archive.write(archiveBatch([logEvent({ message: 'a' }, time)]));
      await archive.flush(5_000);
      nowMs += DAY_MS;
    }
    await archive.close();
    // What was stored meanwhile is kept for as much longer, once the clock is right.
    nowMs = SOME_TIME_MS + 29 * DAY_MS;
    const after = await open(orderSchema, () => nowMs);
    await after.write(archiveBatch([logEvent({ message: 'b' }, { offset: 4, timeMs: nowMs })]));
    await after.flush(5_000);
    expect(await hits(after, anything)).toHaveLength(5);
    nowMs = SOME_TIME_MS + 74 * DAY_MS;
    await after.write(archiveBatch([logEvent({ message: 'c' }, { offset: 5, timeMs: nowMs })]));
    const left = async (): Promise<unknown[]> =>
      (await hits(after, anything)).map(({ document }) => document.message);
    await vi.waitFor(async () => expect(await left()).toEqual(['c']), { timeout: 60_000, interval: 100 });
  });

  test('keeps a batch that cannot be written, says so, and writes it when it can', async () => {
    const archive = await open();
    await archive.write(archiveBatch([logEvent({ message: 'a' })]));
    await archive.flush(5_000);
    const other = new DatabaseSync(path, { timeout: 10_000 });
    other.exec(
      "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'database or disk is full'); END",
    );
    await archive.write(archiveBatch([logEvent({ message: 'b' }, { offset: 1 })]));
    expect(await archive.flush(300)).toBe(false);
    expect(archive.status()).toMatchObject({ pendingEvents: 1 });
    expect(archive.status().problem).toContain('disk is full');
    expect(archive.status().lagMs).toBeGreaterThan(0);
    expect(archive.position('orders', 0)?.position.offset).toBe(1);
    other.exec('DROP TRIGGER full');
    other.close();
    expect(await archive.flush(5_000)).toBe(true);
    expect(archive.status()).toEqual({ lagMs: 0, pendingEvents: 0, stored: 2, deadLetters: 0 });
    expect(await hits(archive, anything)).toHaveLength(2);
  });

  test('loses nothing when its worker dies amid a batch, and keeps no position before the lines', async () => {
    const archive = await open(orderSchema, undefined, dyingReading(join(folder, 'died')));
    const lines = (from: number, count: number): LogEvent[] =>
      Array.from({ length: count }, (_, i) =>
        logEvent({ message: `line ${from + i}` }, { offset: from + i }),
      );
    await archive.write(archiveBatch(lines(0, 1), '{"after":1}'));
    expect(await archive.flush(10_000)).toBe(true);
    let isDurable = false;
    const written = await archive.write(archiveBatch(lines(1, 9), '{"after":10}'));
    void written.durable.then(() => (isDurable = true));
    await archive.write(archiveBatch(lines(10, 5), '{"after":15}'));
    await vi.waitFor(() => expect(archive.status().problem).toContain('write-worker ended'), 10_000);
    expect(isDurable).toBe(false);
    expect(archive.position('orders', 0)?.position.offset).toBe(1);
    expect(await archive.flush(20_000)).toBe(true);
    expect(archive.position('orders', 0)?.timing).toBe('{"after":15}');
    const found = await hits(archive, anything);
    expect(found.map(({ document }) => document.message).sort()).toEqual(
      lines(0, 15)
        .map(({ document }) => document.message)
        .sort(),
    );
  });

  test('makes the writer wait while too much is not written yet', async () => {
    const archive = await open();
    const heavy = ' '.repeat(1_000_000);
    let taken = 0;
    let most = 0;
    for (let offset = 0; offset < 24; offset++) {
      await archive.write(archiveBatch([logEvent({ message: heavy }, { offset })]));
      taken += 1;
      most = Math.max(most, archive.status().pendingEvents);
    }
    await archive.flush(20_000);
    expect(taken).toBe(24);
    expect(most).toBeLessThan(12);
    expect(await hits(archive, anything)).toHaveLength(24);
  });

  test('says what to do where the file is no archive or there is none', async () => {
    await expect(
      hits(
        new SqliteArchive({ kind: 'sqlite', path, retentionMs: DAY_MS }, orderSchema, silent, rightClock()),
        anything,
      ),
    ).rejects.toThrow(/no archive at/);
    path = '/dev/null/archive.db';
    await expect(open()).rejects.toThrow(FixableError);
  });

  test('keeps a document that is nested too deep as its message, whatever thread makes it', async () => {
    const archive = await open();
    const nested = (depth: number): string =>
      `{"message":"deep","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const lines = [900, 1_100, 8_000].map(nested);
    await archive.write(
      archiveBatch(lines.map((line, offset) => logEvent(JSON.parse(line) as never, { line, offset }))),
    );
    expect(await archive.flush(10_000)).toBe(true);
    const found = await hits(archive, condition.value('deep'));
    expect(found.map(({ line }) => line).toSorted()).toEqual(lines.toSorted());
    for (const { line, document } of found)
      expect(Object.keys(document)).toEqual(line === lines[0] ? ['message', 'x'] : ['message']);
  });

  test('keeps and finds lines with anything in them', async () => {
    const archive = await open();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const torture = [
      logEvent(
        { message: 'deep', deep: JSON.parse(deep) as never },
        { line: `{"message":"deep","deep":${deep}}` },
      ),
      logEvent(JSON.parse('{"__proto__":{"a":1},"message":"proto"}') as never, { offset: 1 }),
      logEvent(
        { message: 'many', ...Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i])) },
        { offset: 2 },
      ),
      logEvent({ message: 'lone \ud800 surrogate', order_id: '\udfff' }, { offset: 3 }),
    ];
    await archive.write(archiveBatch(torture));
    expect(await archive.flush(10_000)).toBe(true);
    for (const [word, offset] of [
      ['deep', 0],
      ['proto', 1],
      ['many', 2],
      ['surrogate', 3],
    ] as const) {
      const [hit, ...others] = await hits(archive, condition.value(word));
      expect(hit?.line).toBe(torture[offset]?.line);
      expect(others).toEqual([]);
    }
  });
});
