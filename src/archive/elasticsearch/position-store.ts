/**
 * The state that the Elasticsearch archive keeps between runs, in `archive.db` of the data folder. It holds the durable position of each
 * partition, and the ranges of days by which events up to an offset were placed (placement.ts).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { ArchivedPosition } from '../archive.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** A range of days since epoch, both ends included. */
export interface DayRange {
  readonly oldestDay: number;
  readonly newestDay: number;
}

/** A range of days that is used from `fromOffset` on. */
export interface JudgedRange extends DayRange {
  readonly fromOffset: number;
}

export interface JudgedOffsets {
  /** All offsets below `until` have been placed by the ranges. */
  readonly until: number;
  /** Sorted by `fromOffset`, ascending. */
  readonly ranges: readonly JudgedRange[];
}

export interface PositionUpdate extends ArchivedPosition {
  readonly source: string;
  readonly partition: number;
}

/** Version of the tables below. It is not in `user_version`: the file may also hold the tables of the embedded archive, which uses that. */
const TABLES_VERSION = 1;

const TABLES = `
CREATE TABLE IF NOT EXISTS bulk_version (version INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bulk_positions (
  source TEXT NOT NULL, partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL, proof TEXT NOT NULL, timing TEXT NOT NULL,
  PRIMARY KEY (source, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bulk_judged (
  source TEXT NOT NULL, partition INTEGER NOT NULL, until INTEGER NOT NULL, ranges TEXT NOT NULL,
  PRIMARY KEY (source, partition)
) STRICT, WITHOUT ROWID;
`;

const nothingJudged: JudgedOffsets = { until: 0, ranges: [] };

export class PositionStore {
  readonly #db: DatabaseSync;
  readonly #positions = new Map<string, ArchivedPosition>();
  readonly #judged = new Map<string, JudgedOffsets>();
  readonly #savePosition: StatementSync;
  readonly #saveJudged: StatementSync;

  /** Opens the file. Throws if the folder or the file cannot be used; FixableError for tables of another version. */
  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    const db = new DatabaseSync(join(dataDir, 'archive.db'), { timeout: 5_000 });
    this.#db = db;
    // FULL: after a power cut, no position may be ahead of the data, and no recorded range may be lost.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    openTables(db, join(dataDir, 'archive.db'));
    for (const row of db.prepare('SELECT * FROM bulk_positions').all()) {
      const position = { offset: Number(row['next_offset']), proof: String(row['proof']) };
      this.#positions.set(keyOf(row), { position, timing: String(row['timing']) });
    }
    for (const row of db.prepare('SELECT * FROM bulk_judged').all()) {
      const ranges = JSON.parse(String(row['ranges'])) as JudgedRange[];
      this.#judged.set(keyOf(row), { until: Number(row['until']), ranges });
    }
    this.#savePosition = db.prepare('INSERT OR REPLACE INTO bulk_positions VALUES (?, ?, ?, ?, ?)');
    this.#saveJudged = db.prepare('INSERT OR REPLACE INTO bulk_judged VALUES (?, ?, ?, ?)');
  }

  position(source: string, partition: number): ArchivedPosition | undefined {
    return this.#positions.get(keyOf({ source, partition }));
  }

  /** Saves all updates, or none if it throws. */
  savePositions(updates: readonly PositionUpdate[]): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { source, partition, position, timing } of updates) {
        this.#savePosition.run(source, partition, position.offset, position.proof, timing);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    for (const { position, timing, ...place } of updates)
      this.#positions.set(keyOf(place), { position, timing });
  }

  judged(source: string, partition: number): JudgedOffsets {
    return this.#judged.get(keyOf({ source, partition })) ?? nothingJudged;
  }

  recordJudged(source: string, partition: number, judged: JudgedOffsets): void {
    this.#saveJudged.run(source, partition, judged.until, JSON.stringify(judged.ranges));
    this.#judged.set(keyOf({ source, partition }), judged);
  }

  close(): void {
    this.#db.close();
  }
}

/** Creates the tables that are missing. For tables of another version it closes the database and throws FixableError. */
function openTables(db: DatabaseSync, path: string): void {
  db.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
  const version = db.prepare('SELECT version FROM bulk_version').get()?.['version'];
  if (version === undefined) db.prepare('INSERT INTO bulk_version VALUES (?)').run(TABLES_VERSION);
  if (version === undefined || version === TABLES_VERSION) return;
  db.close();
  throw new FixableError(
    'archive',
    `${path} has tables of version ${Number(version)}; this version of Tocsin knows ${TABLES_VERSION}`,
    'start the version that wrote it, or give this one a data_dir of its own',
  );
}

function keyOf(row: Readonly<Record<string, unknown>>): string {
  return `${Number(row['partition'])}/${String(row['source'])}`;
}
