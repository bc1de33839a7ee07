/**
 * The registry of files in a backup. The registry is copied after the positions, since it must know every file that they name. But its
 * finished files must not be ahead of the positions, or lines would be passed over. So the finished files are those from before the
 * positions were copied.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';

/** A row of the table `finished`, its columns in their order. */
export type FinishedFile = readonly SQLInputValue[];

/** Returns the finished files in the registry at `path`; none when there is no registry. */
export function finishedFiles(path: string): readonly FinishedFile[] {
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    if (!hasTable(database)) return [];
    return database
      .prepare('SELECT * FROM finished')
      .all()
      .map((row) => Object.values(row));
  } finally {
    database.close();
  }
}

/** Replaces the finished files in a copy by `finished`. */
export function putFinishedFiles(copy: DatabaseSync, finished: readonly FinishedFile[]): void {
  if (!hasTable(copy)) return;
  copy.exec('DELETE FROM finished');
  for (const row of finished)
    copy.prepare(`INSERT INTO finished VALUES (${row.map(() => '?').join(', ')})`).run(...row);
}

function hasTable(database: DatabaseSync): boolean {
  return database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'finished'`).get() !== undefined;
}
