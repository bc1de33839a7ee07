/** Retention removes lines with all that the index has of them, and knows the newest line at each step. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  archiveBatch,
  collect,
  condition,
  logEvent,
  orderSchema,
} from '../../../test/support/archived-events.ts';
import { openReading } from '../../../test/support/event-reading.ts';
import { writeFullText } from '../../../test/support/full-text-archive.ts';
import { seeded } from '../../../test/support/timelines.ts';
import type { LogEvent } from '../../event/event.ts';
import { OLDER_FORMS } from './full-text.ts';
import { searchSqlite } from './search.ts';
import { EventStore } from './store.ts';
import { openForReading } from './tables.ts';
import { indexFingerprint } from './terms.ts';

const HOUR_MS = 3_600_000;
/** Lines that are removed in one step. */
const STEP = 1_000;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-retention-'));
  path = join(folder, 'archive.db');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function tableRows(table: string): number | undefined {
  const db = openForReading(path);
  try {
    const isThere = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
    return isThere ? Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']) : undefined;
  } finally {
    db.close();
  }
}

const oldest = condition.value('line');
const search = (): Promise<readonly string[]> =>
  collect(searchSqlite(path, orderSchema, { condition: oldest, limit: 10_000, matches: () => true })).then(
    (hits) => hits.map(({ line }) => line).toSorted(),
  );

test.each([0, 1_700])('step by step, from %i lines of an older version on', async (older) => {
  const random = seeded(older);
  // The newest line comes first, so that the greatest time goes with the first step.
  const events = Array.from({ length: 4_300 }, (_, offset): LogEvent =>
    logEvent(
      { message: `line ${offset}` },
      {
        offset,
        timeMs: offset === 0 ? 9e9 : random.below(1e9),
        timeliness: random.chance(1) ? 'future' : 'in_time',
      },
    ),
  );
  const fingerprint = indexFingerprint(orderSchema);
  if (older > 0) {
    const form = OLDER_FORMS[0]!;
    const olderEvents = { events: events.slice(0, older), schema: orderSchema, form };
    const ofForm = indexFingerprint(orderSchema, form.version);
    writeFullText(path, { ...olderEvents, fingerprint: ofForm, storedAtMs: HOUR_MS });
  }
  const store = new EventStore({ path, fingerprint, schema: orderSchema, reading: openReading() });
  for (let from = older; from < events.length; from += 300)
    store.write([archiveBatch(events.slice(from, Math.min(from + 300, events.length)))], HOUR_MS);
  for (let gone = 0; gone <= events.length + STEP; gone += STEP) {
    const left = events.slice(gone);
    expect(await search()).toEqual(left.map(({ line }) => line).toSorted());
    const inTime = left.filter(({ timeliness }) => timeliness !== 'future');
    const newestMs = inTime.reduce((newest, { timeMs }) => Math.max(newest, timeMs), -Infinity);
    expect(store.newest()).toEqual(left.length === 0 ? {} : { newestMs });
    expect(tableRows('tokens')).toBe(gone < older ? older - gone : undefined);
    store.expire(Number.MAX_SAFE_INTEGER);
  }
  expect(tableRows('blocks')).toBe(0);
  expect(tableRows('block_columns')).toBe(0);
  expect(tableRows('terms')).toBe(0);
  store.write([archiveBatch([logEvent({ message: 'line anew' }, { offset: 9_000 })])], HOUR_MS);
  expect(await search()).toHaveLength(1);
  store.close();
});
