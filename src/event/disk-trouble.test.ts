import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CAN_MOUNT, mountDisk, MOUNTS, type MountedDisk } from '../../test/support/mounted-disk.ts';
import { diskTrouble } from './disk-trouble.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-trouble-'));
  path = join(folder, 'state.db');
  writeFileSync(path, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const sqlite = (errcode: number): Error => Object.assign(new Error('sqlite'), { errcode });
const system = (code: string): Error => Object.assign(new Error('system'), { code });

test.each([
  [sqlite(13), 'full'],
  [sqlite(10), 'failing'],
  [sqlite(778), 'failing'],
  [sqlite(11), 'damaged'],
  [sqlite(267), 'damaged'],
  [sqlite(26), 'damaged'],
  [sqlite(5), 'locked'],
  [system('ENOSPC'), 'full'],
  [system('EDQUOT'), 'full'],
  [system('EROFS'), 'read_only'],
  [system('EIO'), 'failing'],
  [system('EACCES'), 'denied'],
] as const)('%o is: %s', (error, kind) => {
  expect(diskTrouble(error, path)?.kind).toBe(kind);
});

test('what is no trouble of a disk is none', () => {
  expect(diskTrouble(new TypeError('a defect'), path)).toBeUndefined();
  expect(diskTrouble(sqlite(19), path)).toBeUndefined();
});

describe.skipIf(!CAN_MOUNT)(`on a file system that became read-only ${MOUNTS}`, () => {
  let disk: MountedDisk;
  beforeEach(() => {
    disk = mountDisk(folder, 1);
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE t (x)');
    database.close();
    disk.makeReadOnly();
  });
  afterEach(() => disk.unmount());

  test('what SQLite says when it is opened there is told apart from a full disk and from a missing right', () => {
    const database = new DatabaseSync(path);
    let error: unknown;
    try {
      database.exec('PRAGMA journal_mode = WAL; INSERT INTO t VALUES (1)');
    } catch (thrown) {
      error = thrown;
    }
    database.close();
    const trouble = diskTrouble(error, path);
    expect(trouble).toMatchObject({
      kind: 'read_only',
      what: expect.stringContaining('read-only') as string,
    });
    expect(trouble?.fix).not.toContain('room');
  });

  test('an error of the disk that SQLite could not tell apart is', () => {
    expect(diskTrouble(sqlite(10), path)?.kind).toBe('read_only');
    expect(diskTrouble(sqlite(8), path)?.kind).toBe('read_only');
  });
});
