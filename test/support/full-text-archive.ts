/** An archive as older versions of Tocsin wrote it, with events in a full-text index. */
import { DatabaseSync } from 'node:sqlite';
import { lineHash } from '../../src/archive/event-id.ts';
import type { TokenForm } from '../../src/archive/sqlite/full-text.ts';
import { tokenTexts } from '../../src/event/analysis/analyze.ts';
import type { LogEvent, Schema } from '../../src/event/event.ts';

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
CREATE TABLE marks (first_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE indexed (first_id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL) STRICT;
PRAGMA user_version = 1;
INSERT INTO partitions VALUES (1, 'orders', 0, 0, '', '{}');
`;

interface OldEvents {
  readonly events: readonly LogEvent[];
  readonly schema: Schema;
  readonly form: TokenForm;
  readonly fingerprint: string;
  /** When the events were stored. */
  readonly storedAtMs: number;
}

/** Adds events of the first partition of `orders`. Makes the file if need be. */
export function writeFullText(
  path: string,
  { events, schema, form, fingerprint, storedAtMs }: OldEvents,
): void {
  const db = new DatabaseSync(path);
  db.exec('BEGIN');
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() === undefined) db.exec(TABLES);
  const first = 1 + Number(db.prepare('SELECT max(id) AS id FROM events').get()?.['id'] ?? 0);
  db.prepare('INSERT OR REPLACE INTO indexed VALUES (?, ?)').run(first, fingerprint);
  db.prepare('INSERT OR REPLACE INTO marks VALUES (?, ?)').run(first, storedAtMs);
  const insert = db.prepare('INSERT INTO events VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)');
  const tokens = db.prepare('INSERT INTO tokens (rowid, words) VALUES (?, ?)');
  for (const [i, event] of events.entries()) {
    const { line, timeMs, timeliness, undecodable = null } = event;
    const document = JSON.stringify(event.document);
    const inferred = event.timeInferred ? 1 : 0;
    const place = [event.position.offset, lineHash(line)] as const;
    insert.run(
      first + i,
      ...place,
      timeMs,
      inferred,
      timeliness,
      undecodable,
      line,
      document === line ? null : document,
    );
    tokens.run(first + i, tokensOf(event, schema, form));
  }
  db.exec('COMMIT');
  db.close();
}

function tokensOf(event: LogEvent, schema: Schema, form: TokenForm): string {
  const tokens = schema.fields.flatMap((field) => {
    const values = event.values(field).map(String);
    if (field.type === 'text') return values.flatMap(tokenTexts).map(form.word);
    return field.type === 'keyword' || field.type === 'long'
      ? values.map((value) => form.exact(field, value))
      : [];
  });
  return [...new Set(tokens)].join(' ');
}
