/** Files of data_dir that another version wrote: refused with the fix, never read as if they were ours. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventReading } from '../../test/support/event-reading.ts';
import { orderSchema } from '../../test/support/archived-events.ts';
import { PositionStore } from '../archive/elasticsearch/position-store.ts';
import { SqliteArchive } from '../archive/sqlite/sqlite-archive.ts';
import { rightClock } from '../../test/support/clock.ts';
import { silent } from '../event/telemetry.ts';
import { Registry } from '../ingest/file/registry.ts';
import { Spool } from '../ingest/stdin/spool.ts';
import { asStartError, StartError } from './start-error.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-version-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function sql(file: string, text: string): void {
  const database = new DatabaseSync(join(folder, file));
  database.exec(text);
  database.close();
}

/** Opens it as a start does. */
type Opening = () => unknown;

const registry: Opening = () => new Registry(folder, 'orders').close();
const positions: Opening = () => new PositionStore(folder).close();
const lines: Opening = async () => {
  const path = join(folder, 'archive.db');
  const archive = new SqliteArchive(
    { kind: 'sqlite', path, retentionMs: 1 },
    orderSchema,
    silent,
    rightClock(),
    eventReading,
  );
  await archive.open().finally(() => archive.close());
};
const spool: Opening = async () => (await Spool.open(join(folder, 'spool'), 0, () => undefined)).close();

test.each<[string, Opening, () => void, string]>([
  ['files.db', registry, () => sql('files.db', 'PRAGMA user_version = 7'), 'version 7'],
  [
    'archive.db of Elasticsearch',
    positions,
    () => sql('archive.db', 'UPDATE bulk_version SET version = 7'),
    'version 7',
  ],
  [
    'archive.db of the embedded archive',
    lines,
    () => sql('archive.db', 'PRAGMA user_version = 7'),
    'version 7',
  ],
  [
    'a spool',
    spool,
    () => writeFileSync(join(folder, 'spool', '0000000000000000.spool2'), 'x'),
    '0000000000000000.spool2',
  ],
])(
  '%s of another version is refused with the fix; one of ours is opened again',
  async (_title, open, change, what) => {
    mkdirSync(join(folder, 'spool'));
    await open();
    await open();
    change();
    const error = await Promise.resolve()
      .then(open)
      .then(() => undefined, asStartError);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toContain(what);
    expect((error as StartError).fix).toContain('start the version that wrote it');
  },
);

test('files that were written before they had a version are opened', () => {
  registry();
  sql('files.db', 'PRAGMA user_version = 0');
  registry();
  positions();
  sql('archive.db', 'DROP TABLE bulk_version');
  positions();
});
