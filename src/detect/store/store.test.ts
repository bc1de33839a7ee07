import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { append, keepCheckpoint, pruneAll, recordEpisode } from '../../../test/support/state-writes.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import type { DetectInput } from '../input/input.ts';
import { openAlertReader, openStateStore } from './store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-store-'));
  path = join(folder, 'data', 'state.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const tick = (clockMs: number): DetectInput => ({ kind: 'tick', clockMs, idle: [] });

function transition(kind: Transition['kind'], alertId: string, more: Partial<Transition> = {}): Transition {
  const episode: Episode = {
    alertId,
    rule: 'a_rule',
    meaning: 'm',
    severity: 'high',
    group: { service: 'pay' },
    state: kind === 'resolved' ? 'resolved' : 'firing',
    firedAtMs: 5,
    count: 3,
    suppressed: 0,
    firstEvent: { position: { source: 'orders', partition: 0, offset: 1 }, timeMs: 1 },
    samples: [],
  };
  return { kind, isFinal: true, announce: true, threadId: alertId, episode, ...more };
}

describe('the match log', () => {
  it('comes back in order behind the last snapshot', () => {
    const store = openStateStore(path);
    const seqs = [1, 2, 3].map((clockMs) => append(store, tick(clockMs)));
    keepCheckpoint(store, seqs[1]!, Uint8Array.of(7), Uint8Array.of(8, 9));
    store.close();
    const again = openStateStore(path);
    const { checkpoint, inputs } = again.load();
    expect([...checkpoint!].map((part) => [...part])).toEqual([[7], [8, 9]]);
    expect([...inputs]).toEqual([{ seq: 3, input: tick(3) }]);
    expect(append(again, tick(4))).toBe(4);
    again.close();
  });

  it('goes on counting after everything in it was cut', () => {
    const store = openStateStore(path);
    keepCheckpoint(store, append(store, tick(1)), Uint8Array.of(1));
    pruneAll(store);
    expect(store.tables.sql('SELECT count(*) AS n FROM inputs').get()?.['n']).toBe(0);
    store.close();
    const again = openStateStore(path);
    expect(append(again, tick(2))).toBe(2);
    expect([...again.load().inputs]).toHaveLength(1);
    again.close();
  });

  it('of the version before is read on, row for row, and its alerts too before a process has opened it', () => {
    const before = openStateStore(path);
    recordEpisode(before, transition('fired', 'aa11'));
    append(before, tick(1));
    keepCheckpoint(before, 1, Uint8Array.of(1));
    before.close();
    const database = new DatabaseSync(path);
    const row = JSON.stringify(tick(2));
    database.exec(`
      DROP TABLE inputs;
      CREATE TABLE inputs (seq INTEGER PRIMARY KEY AUTOINCREMENT, input TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
      INSERT INTO inputs VALUES (2, '${row}', ${crc32(row)}), (3, '${row}', ${crc32(row)});
      DELETE FROM inputs WHERE seq = 3;
      UPDATE meta SET value = 4 WHERE name = 'version'`);
    database.close();
    const reader = openAlertReader(path)!;
    expect(reader.episodes()).toHaveLength(1);
    reader.close();
    for (const [seq, opening] of [4, 5].entries()) {
      const store = openStateStore(path);
      expect([...store.load().inputs][0]).toEqual({ seq: 2, input: tick(2) });
      expect([append(store, tick(9)), store.episodes().length]).toEqual([opening, 1]);
      expect([...store.load().inputs]).toHaveLength(seq + 2);
      store.close();
    }
  });

  it('keeps nothing of a transaction that failed, the positions included', () => {
    const store = openStateStore(path);
    const position = { offset: 4, proof: '{}', timing: { watermarkMs: 3 } };
    expect(() =>
      store.transaction((tx) => {
        store.append(tx, tick(1));
        store.setPosition(tx, 'orders', 0, position);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect([...store.load().inputs]).toEqual([]);
    expect(store.position('orders', 0)).toBeUndefined();
    store.transaction((tx) => store.setPosition(tx, 'orders', 0, position));
    expect(store.position('orders', 0)).toEqual(position);
    store.close();
  });
});

describe('a snapshot', () => {
  it('that was not finished is as if it had never been begun', () => {
    const store = openStateStore(path);
    const seqs = [1, 2, 3].map((clockMs) => append(store, tick(clockMs)));
    keepCheckpoint(store, seqs[0]!, Uint8Array.of(1));
    store.transaction((tx) => {
      store.checkpoints.begin(tx, seqs[1]!);
      store.checkpoints.add(tx, seqs[1]!, 0, Uint8Array.of(2));
    });
    store.close();
    const again = openStateStore(path);
    pruneAll(again);
    const { checkpoint, inputs } = again.load();
    expect([...checkpoint!].map((part) => [...part])).toEqual([[1]]);
    expect([...inputs].map(({ seq }) => seq)).toEqual([seqs[1], seqs[2]]);
    // The same row again, whole this time.
    keepCheckpoint(again, seqs[1]!, Uint8Array.of(3));
    expect([...again.load().checkpoint!].map((part) => [...part])).toEqual([[3]]);
    expect(again.transaction((tx) => again.checkpoints.begin(tx, seqs[1]!))).toBe(false);
    expect([...again.load().checkpoint!].map((part) => [...part])).toEqual([[3]]);
    again.close();
  });

  it('says how much of the log a start has to replay', () => {
    const store = openStateStore(path);
    const first = append(store, tick(1));
    const { length } = JSON.stringify(tick(2));
    append(store, tick(2));
    expect(store.checkpoints.unsavedBytes()).toBe(2 * length);
    keepCheckpoint(store, first, Uint8Array.of(1));
    expect(store.checkpoints.unsavedBytes()).toBe(length);
    store.close();
  });
});

describe('alerts', () => {
  it('are found by the beginning of their id, open ones by being open', () => {
    const store = openStateStore(path);
    recordEpisode(store, transition('fired', 'aa11'));
    recordEpisode(store, transition('fired', 'ab22'));
    recordEpisode(store, transition('resolved', 'ab22'));
    expect(store.episodes({ open: true }).map(({ episode }) => episode.alertId)).toEqual(['aa11']);
    expect(store.episodes({ rule: 'another' })).toEqual([]);
    expect(store.episode('ab')?.episode.state).toBe('resolved');
    expect(store.episode('c')).toBeUndefined();
    expect(() => store.episode('a')).toThrow('Several alerts begin with a.');
    store.close();
  });

  it('show the amended one in the place of what was told first, in its thread', () => {
    const store = openStateStore(path);
    recordEpisode(store, transition('fired', 'aa11', { isFinal: false }));
    recordEpisode(store, transition('amended', 'bb22', { threadId: 'aa11' }));
    expect(store.episodes().map(({ episode, threadId }) => [episode.alertId, threadId])).toEqual([
      ['bb22', 'aa11'],
    ]);
    expect(store.episode('aa11')?.episode.alertId).toBe('bb22');
    store.close();
  });

  it('can be read while another process writes them', () => {
    expect(openAlertReader(path)).toBeUndefined();
    const store = openStateStore(path);
    recordEpisode(store, transition('withdrawn', 'aa11', { correction: { kind: 'not_fired' } }));
    const reader = openAlertReader(path)!;
    expect(reader.episodes()[0]?.withdrawn).toContain('this did not fire');
    expect(reader.episodes({ open: true })).toEqual([]);
    reader.close();
    store.close();
  });
});

describe('the store', () => {
  it('belongs to one process at a time', () => {
    const store = openStateStore(path);
    expect(() => openStateStore(path)).toThrow('Another Tocsin process is running');
    store.close();
    openStateStore(path).close();
  });

  it('refuses a file of another format version, and so does the reader of its alerts', () => {
    openStateStore(path).close();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE meta SET value = 99 WHERE name = 'version'`);
    database.close();
    expect(() => openStateStore(path)).toThrow('format version 99');
    expect(() => openAlertReader(path)).toThrow('format version 99');
  });

  it.each([
    [
      'of the version before, with its tables',
      `CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
       INSERT INTO meta VALUES ('version', 2);
       CREATE TABLE inputs (seq INTEGER PRIMARY KEY AUTOINCREMENT, input TEXT NOT NULL) STRICT`,
      'has format version 2',
    ],
    ['of another program', 'CREATE TABLE inputs (a); CREATE TABLE meta (key, val)', 'not one of Tocsin'],
    ['without a version', 'CREATE TABLE meta (name, value)', 'not one of Tocsin'],
  ])('refuses a file %s, with the fix, and leaves it as it is', (_title, tables, message) => {
    mkdirSync(join(folder, 'data'));
    const database = new DatabaseSync(path);
    database.exec(tables);
    database.close();
    for (const open of [openStateStore, openAlertReader])
      expect(() => open(path)).toThrow(
        expect.objectContaining({
          place: 'state',
          message: expect.stringContaining(message) as string,
          fix: expect.stringContaining('data_dir of its own') as string,
        }),
      );
    const after = new DatabaseSync(path, { readOnly: true });
    expect(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']).toBeLessThan(5);
    after.close();
  });
});
