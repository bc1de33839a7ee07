/** Copies a whole database, as it is at one moment, while another process may be writing to it. */
import { backup, DatabaseSync } from 'node:sqlite';
import { backupErrorOf } from './backup-error.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Pages copied before other work gets its turn. */
const PAGES_AT_ONCE = 1_000;

/**
 * Copies the database `from` to `to`, which must not exist; lets `change` work on the copy; checks that the copy is whole. The copy needs
 * no `-wal`. Throws FixableError.
 */
export async function copyDatabase(
  from: string,
  to: string,
  change: (copy: DatabaseSync) => void = () => undefined,
): Promise<void> {
  try {
    await copyPages(from, to);
  } catch (error) {
    throw backupErrorOf(error, from);
  }
  try {
    const copy = new DatabaseSync(to);
    try {
      change(copy);
      copy.exec('PRAGMA journal_mode = DELETE');
      checkWhole(copy, from);
    } finally {
      copy.close();
    }
  } catch (error) {
    throw backupErrorOf(error, to);
  }
}

async function copyPages(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    // The read transaction stays open, so that the copy shows one moment. No write of the other process then makes SQLite begin the copy
    // again.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await backup(source, to, { rate: PAGES_AT_ONCE });
  } finally {
    source.close();
  }
}

/** Throws FixableError where pages of the database do not fit together. `name`: the name of the database in the message. */
export function checkWhole(database: DatabaseSync, name: string): void {
  const [first] = database.prepare('PRAGMA quick_check(1)').all();
  const found = String(first?.['quick_check']);
  if (found === 'ok') return;
  throw new FixableError(
    'backup',
    `${name} is damaged: ${found}.`,
    'Take an earlier backup; look at the disk and the log of the system.',
  );
}
