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
import { writeFullText } from '../../../test/support/full-text-archive.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { LogEvent } from '../../event/event.ts';
import { compileCondition } from '../../match/condition.ts';
import type { Condition } from '../../rule/ast.ts';
import type { SearchRequest } from '../archive.ts';
import { OLDER_FORMS, type TokenForm } from './full-text.ts';
import { searchSqlite } from './search.ts';
import { EventStore } from './store.ts';
import { indexFingerprint } from './terms.ts';

/** The greatest has more hits than are sorted at once, and more events than the first stretches of a walk. */
const SIZES = [1, 200, 201, 1_201, 25_000, 50_000];
const BATCH_LINES = 1_000;
const { and, not, or, value, field, exists, compare } = condition;
const slow = compare('duration_ms', '>', '900');

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
  compare('duration_ms', '>', '99999'),
  and(field('level', literal('ERROR')), compare('status', '<=', '200.5')),
  or(value('timeout'), compare('duration_ms', '<', '10')),
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

/** How many events, from the first on, each version of the index has. The rest is in blocks. */
interface Shares {
  /** As if other fields had been declared. */
  readonly other: number;
  readonly hex: number;
  readonly plain: number;
  /** In blocks of other fields. */
  readonly otherBlocks: number;
}

/** Events of one transaction at the most, so that there are blocks of all sizes. */
const SOME_LINES = [1, 5, 40, BATCH_LINES, 20_000];

function store(path: string, events: readonly LogEvent[], shares: Shares, random: Random): void {
  const [plainForm, hexForm] = OLDER_FORMS;
  const fullText = (from: number, to: number, fingerprint: string, form: TokenForm): void => {
    const some = events.slice(from, to);
    if (some.length > 0)
      writeFullText(path, { events: some, schema: orderSchema, form, fingerprint, storedAtMs: SOME_TIME_MS });
  };
  const { other, hex, plain, otherBlocks } = shares;
  fullText(0, other, 'other fields', plainForm!);
  fullText(other, hex, indexFingerprint(orderSchema, hexForm!.version), hexForm!);
  fullText(hex, plain, indexFingerprint(orderSchema, plainForm!.version), plainForm!);
  write(path, 'other fields', events.slice(plain, otherBlocks), random);
  write(path, indexFingerprint(orderSchema), events.slice(otherBlocks), random);
}

function write(path: string, fingerprint: string, events: readonly LogEvent[], random: Random): void {
  if (events.length === 0) return;
  const writer = new EventStore({ path, fingerprint, schema: orderSchema, reading: openReading() });
  const length = random.pick(SOME_LINES);
  for (let from = 0; from < events.length;) {
    // Many small transactions would take long.
    const to = from + (from > BATCH_LINES ? BATCH_LINES : 1 + random.below(length));
    const some = events.slice(from, to);
    const half = some.length >> 1;
    const batches = [some.slice(0, half), some.slice(half)].filter((part) => part.length > 0);
    writer.write(
      batches.map((part) => archiveBatch(part)),
      SOME_TIME_MS,
    );
    from = to;
  }
  writer.close();
}

/** Returns the ends of the shares of an archive: of some versions there may be no events. */
function sharesOf(size: number, random: Random): Shares {
  const upTo = (from: number): number => (random.chance(50) ? from + random.below(size - from) : from);
  const other = upTo(0);
  const hex = upTo(other);
  const plain = upTo(hex);
  return { other, hex, plain, otherBlocks: upTo(plain) };
}

async function expectFound(path: string, events: readonly LogEvent[], random: Random): Promise<void> {
  const size = events.length;
  const newestFirst = events.toSorted((a, b) => b.timeMs - a.timeMs || b.position.offset - a.position.offset);
  for (const where of CONDITIONS) {
    const matches = compileCondition(where, orderSchema);
    const sinceMs = SOME_TIME_MS + random.below(10 * size);
    const ranges: Partial<SearchRequest>[] = [{}, { limit: 50 }, { sinceMs, untilMs: sinceMs + 3 * size }];
    for (const range of ranges) {
      const request = { condition: where, limit: size + 1, matches, ...range };
      const found = await collect(searchSqlite(path, orderSchema, request, random.pick(['own', 'here'])));
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
}

test.each(SIZES)('over %i lines', async (size) => {
  const random = seeded(size);
  const events = worldOf(size, random);
  const path = join(folder, 'archive.db');
  store(path, events, sharesOf(size, random), random);
  await expectFound(path, events, random);
});

test('over an archive that only an older version has written to', async () => {
  const random = seeded(1);
  const events = worldOf(300, random);
  const path = join(folder, 'archive.db');
  store(path, events, { other: 50, hex: 100, plain: 300, otherBlocks: 300 }, random);
  await expectFound(path, events, random);
});
