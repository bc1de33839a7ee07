import { copyFileSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { append, keepCheckpoint, pruneAll } from '../../../test/support/state-writes.ts';
import { markAsCopy, type StoreLoss } from './age.ts';
import { openStateStore, type StateStore } from './store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-age-'));
  path = join(folder, 'state.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens the store, works on it, and closes it as a process does; gives what it found missing. */
function life(work: (store: StateStore) => void = () => undefined): StoreLoss['kind'] | undefined {
  const store = openStateStore(path);
  const kind = store.age.loss?.kind;
  store.transaction((tx) => store.age.accept(tx));
  store.age.note();
  work(store);
  store.close();
  return kind;
}

const ticks = (store: StateStore, count: number): void => {
  for (let i = 0; i < count; i += 1) append(store, { kind: 'tick', clockMs: i, idle: [] });
};

const checkpoint = (store: StateStore): void => {
  const seq = append(store, { kind: 'tick', clockMs: 0, idle: [] });
  keepCheckpoint(store, seq, Uint8Array.of(1));
};

/** As somebody else may change the file. */
function change(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe('a store', () => {
  test('that is new, or as it was left, is as old as it was', () => {
    expect(life()).toBeUndefined();
    for (const count of [1, 300])
      expect(
        life((store) => {
          ticks(store, count);
          checkpoint(store);
          pruneAll(store);
        }),
      ).toBeUndefined();
    expect(life((store) => ticks(store, 5))).toBeUndefined();
    expect(life()).toBeUndefined();
  });

  test('that was closed by a crash, before what it has come to was noted, is as old as it was', () => {
    life((store) => ticks(store, 3));
    copyFileSync(join(folder, 'reached.json'), join(folder, 'reached.before'));
    life((store) => ticks(store, 3));
    copyFileSync(join(folder, 'reached.before'), join(folder, 'reached.json'));
    expect(life()).toBeUndefined();
  });

  test.each([
    ['was removed', () => rmSync(path)],
    ['was emptied', () => truncateSync(path)],
    [
      'was removed, and what was noted beside it too, while the files of a source are known',
      (): void => {
        rmSync(path);
        rmSync(join(folder, 'reached.json'));
        writeFileSync(join(folder, 'files.db'), 'x');
      },
    ],
  ])('that %s is gone; once', (_title, lose) => {
    life((store) => ticks(store, 3));
    lose();
    expect(life()).toBe('gone');
    expect(life()).toBeUndefined();
  });

  test('whose -wal is gone misses entries', () => {
    life((store) => ticks(store, 3));
    const store = openStateStore(path);
    ticks(store, 4);
    store.age.note();
    // A crash: neither is the log put into the file nor anything closed.
    copyFileSync(path, join(folder, 'kept.db'));
    expect(existsSync(`${path}-wal`)).toBe(true);
    const reached = join(folder, 'reached.json');
    copyFileSync(reached, join(folder, 'reached.kept'));
    store.close();
    copyFileSync(join(folder, 'kept.db'), path);
    copyFileSync(join(folder, 'reached.kept'), reached);
    const found = openStateStore(path);
    expect(found.age.loss).toMatchObject({ kind: 'entries' });
    expect(found.age.loss?.because).toContain('the latest 4 entries');
    found.close();
  });

  test('that is another one than was there last is another', () => {
    life((store) => ticks(store, 3));
    copyFileSync(join(folder, 'reached.json'), join(folder, 'reached.kept'));
    rmSync(path);
    rmSync(join(folder, 'reached.json'));
    life();
    copyFileSync(join(folder, 'reached.kept'), join(folder, 'reached.json'));
    expect(life()).toBe('another');
  });

  test.each([
    ['its snapshot', 'DELETE FROM snapshots; DELETE FROM snapshot_parts'],
    ['rows of the log behind it', 'DELETE FROM inputs WHERE seq = (SELECT max(seq) - 1 FROM inputs)'],
    ['the last rows of the log', 'DELETE FROM inputs WHERE seq = (SELECT max(seq) FROM inputs)'],
  ])('that lacks %s lacks windows, and begins with empty ones; once', (_title, sql) => {
    life((store) => {
      ticks(store, 3);
      checkpoint(store);
      pruneAll(store);
      ticks(store, 3);
    });
    change(sql);
    let left: unknown;
    expect(
      life((store) => {
        const { checkpoint: found, inputs } = store.load();
        left = [found, [...inputs]];
      }),
    ).toBe('windows');
    expect(left).toEqual([undefined, []]);
    expect(life((store) => ticks(store, 2))).toBeUndefined();
    expect(life()).toBeUndefined();
  });

  test('that is a copy says so when it is started on; once', () => {
    life((store) => ticks(store, 3));
    const database = new DatabaseSync(path);
    markAsCopy(database, 0);
    database.close();
    expect(life()).toBe('put_back');
    expect(life()).toBeUndefined();
  });
});
