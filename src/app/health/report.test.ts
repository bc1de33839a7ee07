import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeNote } from '../../../test/support/state-writes.ts';
import type { NoteValues } from '../../detect/store/notes.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import { healthReport } from './report.ts';

const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-standing-'));
  path = join(dir, 'state.db');
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function running(values: Partial<NoteValues>): StateStore {
  const store = openStateStore(path);
  for (const [name, value] of Object.entries(values)) writeNote(store, name as keyof NoteValues, value);
  return store;
}

const silent = { rule: 'a', reason: 'source_silent', detail: 'nothing is read from orders' };

test('before anything ran, nothing is evaluated', () => {
  expect(healthReport(path, NOW_MS)).toMatchObject({
    incomplete: [{ reason: 'not_running' }],
    changed: [],
  });
  expect(healthReport(path, NOW_MS).incomplete[0]).not.toHaveProperty('sinceMs');
});

test('while a process works, what it noted is what there is to say', () => {
  const store = running({ workedAtMs: NOW_MS - 4_000, health: [silent] });
  expect(healthReport(path, NOW_MS).incomplete).toEqual([silent]);
  store.close();
});

test('when none holds the state, nothing is evaluated since the last one worked', () => {
  running({ workedAtMs: NOW_MS - 4_000, health: [silent] }).close();
  expect(healthReport(path, NOW_MS).incomplete).toMatchObject([
    { reason: 'not_running', sinceMs: NOW_MS - 4_000 },
  ]);
});

test('one that is there and has not got on for a minute is stuck', () => {
  const store = running({ workedAtMs: NOW_MS - 61_000, health: [] });
  expect(healthReport(path, NOW_MS).incomplete).toMatchObject([
    { reason: 'stuck', sinceMs: NOW_MS - 61_000 },
  ]);
  store.close();
});

test('changes of the last day are listed, the newest first', () => {
  const change = (rule: string, agoMs: number) =>
    ({ rule, form: 'f', change: 'kept_windows', changedAtMs: NOW_MS - agoMs }) as const;
  const rules = [change('a', 86_400_000), change('b', 86_399_999), change('c', 5), { rule: 'd', form: 'f' }];
  const store = running({ workedAtMs: NOW_MS, rules });
  expect(healthReport(path, NOW_MS).changed.map(({ rule }) => rule)).toEqual(['c', 'b']);
  store.close();
});

test('asking who holds the state takes it from nobody', () => {
  for (let i = 0; i < 3; i += 1) {
    const store = running({});
    expect(healthReport(path, NOW_MS).incomplete).toMatchObject([{ reason: 'stuck' }]);
    expect(() => openStateStore(path)).toThrow('Another Tocsin process');
    store.close();
  }
});
