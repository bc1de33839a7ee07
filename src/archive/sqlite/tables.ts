/** The tables of the embedded archive. A change of them needs a step from the older `user_version`. Data is never dropped. */
import { DatabaseSync } from 'node:sqlite';
import { FixableError } from '../../event/fixable-error.ts';

const SCHEMA_VERSION = 1;

/** Time that another process (a search, a second instance) may hold a lock before a statement fails. */
const BUSY_TIMEOUT_MS = 5_000;

/** Larger pages than usual: lines are long, and fewer of them are split over pages. */
const PAGE_BYTES = 16_384;
const CACHE_KIB = 8_192;

/** Bytes of tokens that are gathered before they are written; number of parts on one level before they are merged. */
const INDEXING = [
  ['hashsize', 16 << 20],
  ['automerge', 16],
] as const;

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
CREATE INDEX events_by_time ON events (time_ms);
CREATE VIRTUAL TABLE tokens USING fts5 (words, content='', contentless_delete=1, detail=none, tokenize='ascii');
-- Events from first_id on were stored at at_ms or within the hour after, up to the next row.
CREATE TABLE marks (first_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
-- Events from first_id on are indexed under this fingerprint, up to the next row.
CREATE TABLE indexed (first_id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL) STRICT;
`;

/** Opens the database for writing. Creates the file and the tables if they are missing. */
export function openForWriting(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // The size of pages counts only where the file is new.
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA cache_size = -${CACHE_KIB}`);
    // FULL: a position is reported as durable after a commit, so a commit must survive a power cut.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const version = versionOf(db);
    if (version !== 0 && version !== SCHEMA_VERSION) {
      throw new FixableError(
        'archive',
        `${path} has tables of version ${version}; this version of Tocsin knows ${SCHEMA_VERSION}`,
        'start the version that wrote it, or name another archive.sqlite.path',
      );
    }
    if (version === 0) {
      db.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    }
    setIndexing(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Lets the index gather the tokens of a whole transaction and merge its parts seldom. Older versions of Tocsin read such an index, too. */
function setIndexing(db: DatabaseSync): void {
  const set = new Map(
    db
      .prepare('SELECT k, v FROM tokens_config')
      .all()
      .map(({ k, v }) => [k, v]),
  );
  for (const [name, value] of INDEXING)
    if (set.get(name) !== value) db.exec(`INSERT INTO tokens (tokens, rank) VALUES ('${name}', ${value})`);
}

/** Opens an existing database for reading. */
export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}
