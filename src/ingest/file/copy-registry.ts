/**
 * The registry of files in a backup. It is copied after the positions, since it must know every file that they name. But what it says is
 * finished must not be ahead of them, or lines would be passed over: that is taken as it was before the positions were copied.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';

/** A row of the table `finished`, its columns in their order. */
export type FinishedFile = readonly SQLInputValue[];

/** What is finished now, in the registry at `path`; nothing where there is none. */
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

/** Makes this what is finished in a copy. */
export function putFinishedFiles(copy: DatabaseSync, finished: readonly FinishedFile[]): void {
  if (!hasTable(copy)) return;
  copy.exec('DELETE FROM finished');
  for (const row of finished)
    copy.prepare(`INSERT INTO finished VALUES (${row.map(() => '?').join(', ')})`).run(...row);
}

function hasTable(database: DatabaseSync): boolean {
  return database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'finished'`).get() !== undefined;
}
