/** The tables of the embedded archive. A change of them needs a step from the older `user_version`. Data is never dropped. */
import { DatabaseSync } from 'node:sqlite';
import { FixableError } from '../../event/fixable-error.ts';
import { BLOCK_TABLES } from './blocks/block-tables.ts';

const SCHEMA_VERSION = 2;

/** The version of archives whose events are all in the full-text index. */
const FULL_TEXT_VERSION = 1;

/** Time that another process (a search, a second instance) may hold a lock before a statement fails. */
const BUSY_TIMEOUT_MS = 5_000;

/** Larger pages than usual: lines are long, and fewer of them are split over pages. */
const PAGE_BYTES = 16_384;
const CACHE_KIB = 8_192;

const TABLES = `
CREATE TABLE partitions (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  proof TEXT NOT NULL,
  timing TEXT NOT NULL,
  UNIQUE (source, partition)
) STRICT;
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  partition_id INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  hash TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  time_inferred INTEGER NOT NULL,
  timeliness TEXT NOT NULL,
  undecodable TEXT,
  line TEXT NOT NULL,
  document TEXT,
  UNIQUE (partition_id, offset, hash)
) STRICT;
-- Events from first_id on were stored at at_ms or within the hour after, up to the next row.
CREATE TABLE marks (first_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
-- Events from first_id on are indexed under this fingerprint, up to the next row.
CREATE TABLE indexed (first_id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL) STRICT;
${BLOCK_TABLES}
`;

/** Tables that archives of FULL_TEXT_VERSION have besides. They stay while there are events in them. */
const FULL_TEXT_TABLES = ['INDEX events_by_time', 'TABLE tokens'];

/** Opens the database for writing. Creates the file and the tables if they are missing. */
export function openForWriting(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // The size of pages counts only where the file is new.
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA cache_size = -${CACHE_KIB}`);
    // FULL: a position is reported as durable after a commit, so a commit must survive a power cut.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const version = versionOf(db);
    if (![0, FULL_TEXT_VERSION, SCHEMA_VERSION].includes(version)) {
      throw new FixableError(
        'archive',
        `${path} has tables of version ${version}; this version of Tocsin knows ${SCHEMA_VERSION}`,
        'start the version that wrote it, or name another archive.sqlite.path',
      );
    }
    if (version !== SCHEMA_VERSION) {
      const missing = version === FULL_TEXT_VERSION ? BLOCK_TABLES : TABLES;
      db.exec(`BEGIN IMMEDIATE; ${missing} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens an existing database for reading. */
export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

/** Returns true if events may be in blocks: the archive was opened for writing by a version of Tocsin that makes them. */
export function hasBlocks(db: DatabaseSync): boolean {
  return has(db, 'blocks');
}

/** Returns true if events may be in the full-text index. */
export function hasFullText(db: DatabaseSync): boolean {
  return has(db, 'tokens');
}

function has(db: DatabaseSync, table: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
}

/** Returns the id behind all events of the full-text index. */
export function fullTextEnd(db: DatabaseSync): number {
  if (!hasBlocks(db)) return Number.MAX_SAFE_INTEGER;
  return Number(
    db.prepare('SELECT min(first_id) AS id FROM blocks').get()?.['id'] ?? Number.MAX_SAFE_INTEGER,
  );
}

/** Removes the full-text index, of which no event is left. */
export function dropFullText(db: DatabaseSync): void {
  for (const each of FULL_TEXT_TABLES) db.exec(`DROP ${each}`);
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}
