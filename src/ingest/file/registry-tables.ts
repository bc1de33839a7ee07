/** The tables of the registry of files, and what is said when they cannot be used. */
import { DatabaseSync } from 'node:sqlite';
import { diskTrouble } from '../../event/disk-trouble.ts';
import { FixableError } from '../../event/fixable-error.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS logs (
    source TEXT NOT NULL, partition INTEGER NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (source, partition), UNIQUE (source, path)) STRICT;
  CREATE TABLE IF NOT EXISTS generations (
    source TEXT NOT NULL, partition INTEGER NOT NULL, generation INTEGER NOT NULL, inode TEXT NOT NULL,
    head_bytes INTEGER NOT NULL, head_hash TEXT NOT NULL, mtime_ms REAL NOT NULL,
    PRIMARY KEY (source, partition, generation)) STRICT;
  CREATE TABLE IF NOT EXISTS finished (
    source TEXT NOT NULL, partition INTEGER NOT NULL, purpose TEXT NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (source, partition, purpose)) STRICT;
  CREATE TABLE IF NOT EXISTS moved (
    source TEXT NOT NULL, path TEXT NOT NULL, inode TEXT NOT NULL, head_bytes INTEGER NOT NULL, head_hash TEXT NOT NULL,
    PRIMARY KEY (source, path)) STRICT;
  CREATE TABLE IF NOT EXISTS searches (
    source TEXT NOT NULL, pattern TEXT NOT NULL, first_ms REAL NOT NULL, PRIMARY KEY (source, pattern)) STRICT;
  CREATE TABLE IF NOT EXISTS mounts (
    source TEXT NOT NULL, partition INTEGER NOT NULL, mount_point TEXT NOT NULL, PRIMARY KEY (source, partition)) STRICT;
  CREATE TABLE IF NOT EXISTS targets (
    source TEXT NOT NULL, partition INTEGER NOT NULL, generation INTEGER NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (source, partition, generation)) STRICT;
  CREATE TABLE IF NOT EXISTS first_sight (
    source TEXT NOT NULL, since_ms REAL NOT NULL, PRIMARY KEY (source)) STRICT;
  CREATE TABLE IF NOT EXISTS first_files (
    source TEXT NOT NULL, inode TEXT NOT NULL, size INTEGER NOT NULL, mtime_ms REAL NOT NULL, PRIMARY KEY (source, inode)) STRICT;
  CREATE TABLE IF NOT EXISTS beginnings (
    source TEXT NOT NULL, partition INTEGER NOT NULL, generation INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (source, partition, generation)) STRICT;
  CREATE TABLE IF NOT EXISTS archives (
    source TEXT NOT NULL, partition INTEGER NOT NULL, PRIMARY KEY (source, partition)) STRICT;
  CREATE TABLE IF NOT EXISTS awaited (
    source TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (source, path)) STRICT;
  CREATE TABLE IF NOT EXISTS packed (
    source TEXT NOT NULL, partition INTEGER NOT NULL, generation INTEGER NOT NULL, packing TEXT NOT NULL,
    size INTEGER NOT NULL, start_bytes INTEGER NOT NULL, start_hash TEXT NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (source, partition, generation)) STRICT;
`;

/**
 * Opens `files.db`. Throws the error of SQLite when the file is damaged anywhere: a wrong number would be a wrong place in a log. The check
 * of the whole file is cheap, since the file is small.
 */
export function openRegistry(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
    const [found] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (found !== 'ok') throw Object.assign(new Error(String(found)), { errcode: SQLITE_CORRUPT });
    makeTables(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Version of the tables. */
const SCHEMA_VERSION = 1;

/** Creates the missing tables. Throws FixableError for tables of another version. */
function makeTables(db: DatabaseSync, file: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version !== 0 && version !== SCHEMA_VERSION)
    throw new FixableError(
      'source',
      `${file} has tables of version ${version}; this version of Tocsin knows ${SCHEMA_VERSION}`,
      'start the version that wrote it, or give this one a data_dir of its own',
    );
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}

const SQLITE_CORRUPT = 11;

/** Returns the error for a `files.db` that cannot be used. */
export function unusable(file: string, error: unknown): FixableError {
  if (error instanceof FixableError) return error;
  const trouble = diskTrouble(error, file);
  const what = trouble?.what ?? `cannot be used: ${(error as Error).message}`;
  const fix =
    trouble?.kind === 'damaged'
      ? `put back the data_dir of a backup; without one ${BEGIN_ANEW}`
      : (trouble?.fix ?? 'make data_dir a folder that tocsin may write to, on a disk with room');
  return new FixableError('source', `${file} ${what}`, fix, { cause: error });
}

/** The advice when no right `files.db` can be had. Positions without it point into files that nobody knows. */
export const BEGIN_ANEW =
  'move files.db away and give the file sources other names in tocsin.yaml: they begin anew, and everything in their files is ' +
  'archived and alerted on again';
