/** The tables of the store, and the check that a file has them in the form that this version knows. */
import type { DatabaseSync } from 'node:sqlite';
import { FixableError } from '../../event/fixable-error.ts';
import { UNTOLD_TABLE } from './first-starts.ts';

const STORE_VERSION = 6;
/** The version whose journal showed no event by its line. Its rows are read as they are. */
const LINELESS_VERSION = 5;
/** The version whose journal was text. A file of it is brought up to this version, and its alerts can be read as they are. */
const TEXT_VERSION = 4;

const INPUTS =
  'CREATE TABLE IF NOT EXISTS inputs (seq INTEGER PRIMARY KEY AUTOINCREMENT, input BLOB NOT NULL, crc INTEGER NOT NULL) STRICT';

/** Creates missing tables, and brings a file of one of the two versions before up to this one. Throws FixableError on a file of another version. */
export function createTables(database: DatabaseSync, path: string): void {
  const problem = formatProblem(database, path);
  if (problem !== undefined) throw problem;
  database.exec(`
    BEGIN IMMEDIATE;
    ${versionOf(database) === TEXT_VERSION ? TEXT_TO_BYTES : ''}
    ${versionOf(database) === LINELESS_VERSION ? TO_THIS_VERSION : ''}
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    ${INPUTS};
    CREATE TABLE IF NOT EXISTS snapshots (seq INTEGER PRIMARY KEY, is_complete INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS snapshot_parts (
      seq INTEGER NOT NULL, part INTEGER NOT NULL, state BLOB NOT NULL, crc INTEGER NOT NULL,
      PRIMARY KEY (seq, part)) STRICT;
    CREATE TABLE IF NOT EXISTS positions (
      source TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, proof TEXT NOT NULL, timing TEXT NOT NULL,
      PRIMARY KEY (source, partition)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS alerts (
      alert_id TEXT PRIMARY KEY, thread_id TEXT NOT NULL, rule TEXT NOT NULL, fired_at_ms INTEGER NOT NULL,
      is_open INTEGER NOT NULL, is_settled INTEGER NOT NULL, withdrawn TEXT, episode TEXT NOT NULL) STRICT, WITHOUT ROWID;
    ${UNTOLD_TABLE};
    CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (fired_at_ms);
    CREATE INDEX IF NOT EXISTS alerts_by_thread ON alerts (thread_id);
    CREATE INDEX IF NOT EXISTS alerts_open ON alerts (fired_at_ms) WHERE is_open = 1;
    INSERT OR IGNORE INTO meta VALUES ('version', ${STORE_VERSION});
    COMMIT;
  `);
}

const TO_THIS_VERSION = `UPDATE meta SET value = ${STORE_VERSION} WHERE name = 'version';`;

/** The rows keep their bytes, and so their checksums. The table goes on counting where it was, even if it is empty. */
const TEXT_TO_BYTES = `
  ALTER TABLE inputs RENAME TO text_inputs;
  ${INPUTS};
  INSERT INTO inputs SELECT seq, CAST(input AS BLOB), crc FROM text_inputs;
  DELETE FROM sqlite_sequence WHERE name = 'inputs';
  UPDATE sqlite_sequence SET name = 'inputs' WHERE name = 'text_inputs';
  DROP TABLE text_inputs;
  ${TO_THIS_VERSION}`;

/** Returns an error if another version or another program wrote the file; undefined if this version can use it. */
export function formatProblem(database: DatabaseSync, path: string): FixableError | undefined {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  if (tables.length === 0) return undefined;
  const version = tables.some(({ name }) => name === 'meta') ? versionOf(database) : undefined;
  if ([STORE_VERSION, LINELESS_VERSION, TEXT_VERSION].includes(version ?? 0)) return undefined;
  if (version === undefined)
    return new FixableError(
      'state',
      `${path} is a database, but not one of Tocsin.`,
      'Move it away, or give Tocsin a data_dir of its own.',
    );
  return new FixableError(
    'state',
    `${path} has format version ${version}; this version of Tocsin knows ${STORE_VERSION}.`,
    'Start the version that wrote it, or give this one a data_dir of its own.',
  );
}

function versionOf(database: DatabaseSync): number | undefined {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('meta')`).all();
  if (!columns.some(({ name }) => name === 'value')) return undefined;
  const row = database.prepare(`SELECT value FROM meta WHERE name = 'version'`).get();
  return typeof row?.['value'] === 'number' ? row['value'] : undefined;
}
