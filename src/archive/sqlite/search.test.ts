/** A search of the embedded archive finds what a plain look at every event finds, in the same order, whatever the size of the archive. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  archiveBatch,
  collect,
  condition,
  literal,
  logEvent,
  orderSchema,
  SOME_TIME_MS,
} from '../../../test/support/archived-events.ts';
import { openReading } from '../../../test/support/event-reading.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { LogEvent } from '../../event/event.ts';
import { compileCondition } from '../../match/condition.ts';
import type { Condition } from '../../rule/ast.ts';
import type { SearchRequest } from '../archive.ts';
import { searchSqlite } from './search.ts';
import { EventStore } from './store.ts';
import { openForWriting } from './tables.ts';
import { hexForm } from './token-form.ts';
import { indexFingerprint, indexText } from './tokens.ts';

/** The greatest has more hits than are sorted at once, and more events than the first stretches of a walk. */
const SIZES = [1, 200, 201, 1_201, 25_000];
const BATCH_LINES = 1_000;
const { and, not, or, value, field, exists } = condition;
const slow: Condition = {
  kind: 'compare',
  field: { name: 'duration_ms', span: literal('').span },
  op: '>',
  value: literal('900', 'number'),
  span: literal('').span,
};

/** Conditions that nearly every event, some, few and no events satisfy, narrowed by the index or not. */
const CONDITIONS: readonly Condition[] = [
  value('order'),
  field('level', literal('INFO')),
  and(field('level', literal('ERROR')), slow),
  and(value('order'), not(field('service', literal('pay')))),
  field('order_id', literal('A17')),
  field('order_id', literal('A1', 'prefix')),
  or(value('timeout'), field('status', literal('500', 'number'))),
  not(value('order')),
  slow,
  exists('due'),
  value('nothing says this'),
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-search-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Events nearly in the order of time, some at the same time, a few from long before. */
function worldOf(size: number, random: Random): readonly LogEvent[] {
  return Array.from({ length: size }, (_, offset) => {
    const aside = random.chance(2) ? -random.below(1_000_000) : random.below(40);
    const document = {
      message: `order ${random.pick(['timeout', 'went on', 'paid'])} ${random.below(50)}`,
      level: random.chance(70) ? 'info' : 'error',
      service: random.pick(['pay', 'stock', 'order']),
      order_id: `A${random.below(size)}`,
      status: random.pick([200, '500', 409]),
      duration_ms: random.below(1_000),
    };
    const line = random.chance(10) ? JSON.stringify(document, undefined, 1) : JSON.stringify(document);
    return logEvent(document, { offset, timeMs: SOME_TIME_MS + (offset >> 2) * 10 + aside, line });
  });
}

/**
 * Stores the events. The first `other` of them are indexed as if other fields had been declared, the next ones up to `hex` as older
 * versions of Tocsin indexed events.
 */
function store(path: string, events: readonly LogEvent[], other: number, hex: number): void {
  write(path, 'other fields', events.slice(0, other));
  write(path, indexFingerprint(orderSchema, hexForm), events.slice(other, hex));
  indexAnew(path, events.slice(other, hex));
  write(path, indexFingerprint(orderSchema), events.slice(hex));
}

function write(path: string, fingerprint: string, events: readonly LogEvent[]): void {
  if (events.length === 0) return;
  const writer = new EventStore({ path, fingerprint, schema: orderSchema, reading: openReading() });
  for (let from = 0; from < events.length; from += BATCH_LINES)
    writer.write([archiveBatch(events.slice(from, from + BATCH_LINES))], SOME_TIME_MS);
  writer.close();
}

/** Gives events the tokens of the older form. */
function indexAnew(path: string, events: readonly LogEvent[]): void {
  if (events.length === 0) return;
  const db = openForWriting(path);
  const replace = db.prepare('INSERT OR REPLACE INTO tokens (rowid, words) VALUES (?, ?)');
  db.exec('BEGIN');
  for (const event of events) replace.run(event.position.offset + 1, indexText(event, orderSchema, hexForm));
  db.exec('COMMIT');
  db.close();
}

test.each(SIZES)('over %i lines', async (size) => {
  const random = seeded(size);
  const events = worldOf(size, random);
  const path = join(folder, 'archive.db');
  const other = random.chance(50) ? random.below(size) : 0;
  const hex = other + random.below(size - other);
  store(path, events, other, hex);
  const newestFirst = events.toSorted((a, b) => b.timeMs - a.timeMs || b.position.offset - a.position.offset);
  for (const where of CONDITIONS) {
    const matches = compileCondition(where, orderSchema);
    const sinceMs = SOME_TIME_MS + random.below(10 * size);
    const ranges: Partial<SearchRequest>[] = [{}, { limit: 50 }, { sinceMs, untilMs: sinceMs + 3 * size }];
    for (const range of ranges) {
      const request = { condition: where, limit: size + 1, matches, ...range };
      const found = await collect(searchSqlite(path, orderSchema, request));
      const { sinceMs: fromMs = -Infinity, untilMs = Infinity, limit } = request;
      const expected = newestFirst.filter((event) => event.timeMs >= fromMs && event.timeMs <= untilMs);
      expect(found.map(({ line, timeMs }) => [line, timeMs])).toEqual(
        expected
          .filter(matches)
          .slice(0, limit)
          .map(({ line, timeMs }) => [line, timeMs]),
      );
    }
  }
});
