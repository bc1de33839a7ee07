/**
 * The notes of the process about its own work. They are for the next process, and for `tocsin alerts`, which reads them from the state file
 * while another process is running. Notes are small, and each is written as a whole. No result of a rule depends on them.
 */
import { DatabaseSync } from 'node:sqlite';
import type { CounterName, Labels } from '../../event/telemetry.ts';
import type { StateTables, Transaction } from '../../event/state-tables.ts';
import type { StoreLoss } from './age.ts';
import { storeErrorOf } from './lock.ts';

/** A reason why a rule, or every rule, is not evaluated completely. Times are ms since epoch. */
export interface HealthRow {
  /** Absent if the reason concerns every rule, or if `of` says what it concerns. */
  readonly rule?: string;
  /** The thing that the reason concerns, if that is not a rule: `archive`, `source orders`. */
  readonly of?: string;
  readonly reason: string;
  readonly sinceMs?: number;
  /** When the reason will end by itself. */
  readonly untilMs?: number;
  /** One sentence for people. */
  readonly detail: string;
  /** How to mend it, where that is known. */
  readonly fix?: string;
}

/** The latest counts of a loss: something lost, late, dropped or refused. */
export interface LossRow {
  readonly counter: CounterName;
  readonly labels: Labels;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  /** True if the last look at the counter found that people must be told of the loss. */
  readonly isTold?: boolean;
}

/** When something was last read from a source. */
export interface HeardRow {
  readonly source: string;
  readonly atMs?: number;
  /** How long a running process has listened since then and read nothing, ms. */
  readonly quietMs: number;
}

/** A rule in force, and its last change. */
export interface RuleRow {
  readonly rule: string;
  /** Hash of everything about the rule that people can see. */
  readonly form: string;
  readonly change?: 'new' | 'began_anew' | 'kept_windows';
  readonly changedAtMs?: number;
}

/** The state was found to know less than it had known (age.ts). */
export interface OlderRow {
  readonly kind: StoreLoss['kind'] | 'group';
  /** The finding, as a sentence. */
  readonly because: string;
  /** When that was found, ms since epoch. Decisions about earlier times may have been announced before. */
  readonly atMs: number;
}

export interface NoteValues {
  /** The process was at work at this time. */
  readonly workedAtMs: number;
  readonly health: readonly HealthRow[];
  readonly lost: readonly LossRow[];
  readonly heard: readonly HeardRow[];
  readonly rules: readonly RuleRow[];
  /** The last time that the state was found older. This note is kept for good. */
  readonly older: OlderRow;
}

export interface Notes {
  read<Name extends keyof NoteValues>(name: Name): NoteValues[Name] | undefined;
  write<Name extends keyof NoteValues>(tx: Transaction, name: Name, value: NoteValues[Name]): void;
}

/** Opens the notes in the state file. */
export function openNotes(tables: StateTables): Notes {
  tables.define(
    'CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
  );
  return {
    read<Name extends keyof NoteValues>(name: Name) {
      const row = tables.sql('SELECT value FROM notes WHERE name = ?').get(name);
      return row === undefined ? undefined : (JSON.parse(String(row['value'])) as NoteValues[Name]);
    },
    write(tx, name, value) {
      tx.sql(`INSERT INTO notes VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`).run(
        name,
        JSON.stringify(value),
      );
    },
  };
}

/** Reads the notes of a state file that another process may be writing; empty if there is none. Throws FixableError. */
export function readNotes(path: string): Partial<NoteValues> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    if (database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'notes'`).get() === undefined) return {};
    const rows = database.prepare('SELECT name, value FROM notes').all();
    return Object.fromEntries(
      rows.map(({ name, value }) => [String(name), JSON.parse(String(value)) as unknown]),
    );
  } catch (error) {
    // SQLITE_CANTOPEN: nothing has been written yet.
    if ((error as { errcode?: number }).errcode === 14) return {};
    throw storeErrorOf(error, path);
  } finally {
    database?.close();
  }
}
