import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStateStore } from '../../detect/store/store.ts';
import { putBack } from './put-back.ts';
import { takeBackup } from './take-backup.ts';
import { FixableError } from '../../event/fixable-error.ts';

let folder: string;
let config: { dataDir: string; archive: { kind: 'sqlite'; path: string; retentionMs: number } };
const at = new Date('2026-11-23T12:00:00Z');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-backup-'));
  config = {
    dataDir: join(folder, 'data'),
    archive: { kind: 'sqlite', path: join(folder, 'elsewhere', 'lines.db'), retentionMs: 1 },
  };
  mkdirSync(config.dataDir);
  mkdirSync(join(folder, 'elsewhere'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function database(path: string, sql: string): void {
  const opened = new DatabaseSync(path);
  opened.exec(sql);
  opened.close();
}

const lines = (path: string): unknown[] => {
  const opened = new DatabaseSync(path, { readOnly: true });
  const rows = opened.prepare('SELECT line FROM events').all();
  opened.close();
  return rows.map((row) => row['line']);
};

function fill(): void {
  const store = openStateStore(join(config.dataDir, 'state.db'));
  store.transaction((tx) => store.append(tx, { kind: 'tick', clockMs: 1, idle: [] }));
  store.close();
  database(
    config.archive.path,
    "PRAGMA journal_mode = WAL; CREATE TABLE events (line); INSERT INTO events VALUES ('a')",
  );
  database(join(config.dataDir, 'files.db'), 'CREATE TABLE finished (n); INSERT INTO finished VALUES (3)');
  writeFileSync(join(config.dataDir, 'dead-letters.ndjson'), '{"id":1}\n');
  writeFileSync(join(config.dataDir, 'last-good-rules.json'), '{}');
  mkdirSync(join(config.dataDir, 'spool', 'in'), { recursive: true });
  writeFileSync(join(config.dataDir, 'spool', 'in', '0000000000000000.spool'), 'line\n');
}

const to = (name: string): string => join(folder, name);

/** Fails with a FixableError that says this, and how to mend it. */
async function refused(work: Promise<unknown>, message: RegExp, fix: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FixableError);
  expect((error as FixableError).message).toMatch(message);
  expect((error as FixableError).fix).toMatch(fix);
}

test('a copy holds everything, for its owner only, and stands in the place of data_dir afterwards', async () => {
  fill();
  const { files } = await takeBackup(config, to('copy'), () => at);
  expect(files.map(({ path }) => path)).toEqual([
    'state.db',
    'archive.db',
    'files.db',
    'dead-letters.ndjson',
    'spool/in/0000000000000000.spool',
    'last-good-rules.json',
  ]);
  expect(statSync(to('copy')).mode & 0o777).toBe(0o700);
  database(config.archive.path, "INSERT INTO events VALUES ('written later')");

  const empty = { dataDir: to('anew'), archive: { ...config.archive, path: to('anew/archive.db') } };
  await putBack(empty, to('copy'));
  expect(lines(empty.archive.path)).toEqual(['a']);
  expect(readdirSync(empty.dataDir).sort()).toEqual([
    'archive.db',
    'dead-letters.ndjson',
    'files.db',
    'last-good-rules.json',
    'spool',
    'state.db',
    'state.db.lock',
  ]);
  const store = openStateStore(join(empty.dataDir, 'state.db'));
  expect(store.age.loss).toEqual({
    kind: 'put_back',
    because: `${join(empty.dataDir, 'state.db')} is a backup of 2026-11-23T12:00:00.000Z`,
  });
  expect([...store.load().inputs]).toHaveLength(1);
  store.close();
});

test('a copy is as of one moment although the database is written all the time', async () => {
  fill();
  const writer = new DatabaseSync(config.archive.path);
  writer.exec('PRAGMA synchronous = OFF; BEGIN');
  const insert = writer.prepare('INSERT INTO events VALUES (?)');
  for (let i = 0; i < 20_000; i += 1) insert.run('x'.repeat(500));
  writer.exec('COMMIT');
  const stopped = new AbortController();
  let written = 0;
  const writing = (async () => {
    while (!stopped.signal.aborted) {
      writer.exec(
        `BEGIN; INSERT INTO events VALUES ('first half'); INSERT INTO events VALUES ('second half'); COMMIT`,
      );
      written += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await takeBackup(config, to('copy'));
  stopped.abort();
  await writing;
  writer.close();
  expect(written).toBeGreaterThan(1);
  const halves = lines(to('copy/archive.db')).filter((line) => String(line).endsWith('half'));
  expect(halves.length % 2).toBe(0);
  expect(halves.length / 2).toBeLessThan(written);
});

describe('a backup is refused', () => {
  test('where there is nothing to copy, or the folder is used; and leaves nothing behind', async () => {
    await refused(takeBackup(config, to('copy')), /nothing to copy/u, /tocsin run/u);
    fill();
    mkdirSync(to('used'));
    writeFileSync(to('used/file'), '');
    await refused(takeBackup(config, to('used')), /not empty/u, /not there yet/u);
    expect(readdirSync(folder).sort()).toEqual(['data', 'elsewhere', 'used']);
  });

  test('where what is to be copied is damaged', async () => {
    fill();
    database(
      config.archive.path,
      `INSERT INTO events SELECT printf('%.*c', 3000, 'x') FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)`,
    );
    const bytes = readFileSync(config.archive.path);
    writeFileSync(config.archive.path, bytes.fill(0, 4096, 4200));
    await refused(takeBackup(config, to('copy')), /lines\.db is damaged/u, /earlier backup|tocsin restore/u);
    expect(existsSync(to('copy'))).toBe(false);
  });
});

describe('a restore is refused', () => {
  beforeEach(async () => {
    fill();
    await takeBackup(config, to('copy'));
  });

  test('while a process runs on data_dir, and while anything is in it', async () => {
    const store = openStateStore(join(config.dataDir, 'state.db'));
    await expect(putBack(config, to('copy'))).rejects.toThrow('Another Tocsin process is running');
    store.close();
    await refused(putBack(config, to('copy')), /in use: .*state\.db/u, /mv .*data .*data\.before/u);
  });

  test('while the archive lies elsewhere and is still there', async () => {
    rmSync(config.dataDir, { recursive: true });
    await refused(putBack(config, to('copy')), /lines\.db/u, /mv/u);
  });

  test.each([
    ['no backup', () => rmSync(to('copy/backup.json')), /no backup/u, /tocsin backup/u],
    [
      'cut short',
      () => truncateSync(to('copy/archive.db'), 10),
      /archive\.db has 10 bytes/u,
      /another copy/u,
    ],
    ['grown', () => appendFileSync(to('copy/dead-letters.ndjson'), 'x'), /dead-letters/u, /another copy/u],
    ['without a file', () => rmSync(to('copy/files.db')), /files\.db is missing/u, /another copy/u],
    [
      'damaged',
      () => writeFileSync(to('copy/state.db'), readFileSync(to('copy/state.db')).fill(0xff, 4096, 8192)),
      /state\.db is damaged/u,
      /earlier backup|restore/u,
    ],
    [
      'of another format',
      () => writeFileSync(to('copy/backup.json'), '{"format":9,"files":[]}'),
      /format 9/u,
      /version/u,
    ],
  ])('where it is %s, and data_dir stays empty', async (_title, spoil, message, fix) => {
    spoil();
    const anew = { dataDir: to('anew'), archive: { ...config.archive, path: to('anew/archive.db') } };
    await refused(putBack(anew, to('copy')), message, fix);
    const left = existsSync(to('anew')) ? readdirSync(to('anew')) : [];
    expect(left.filter((name) => name !== 'state.db.lock')).toEqual([]);
  });
});
