/** The tables of the outbox in the state file. */
import type { StateTables } from '../../event/state-tables.ts';
import { partColumns, partTables } from './outbox-parts.ts';

const tables = `
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    thread TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Earlier versions order by it: one that is gone back to finds its messages.
    critical INTEGER NOT NULL,
    notice TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed')),
    created_at INTEGER NOT NULL,
    -- Earlier versions keep it here; see outbox-turns.ts.
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    attempted_at INTEGER,
    open_attempt INTEGER NOT NULL DEFAULT 0,
    maybe_sent INTEGER NOT NULL DEFAULT 0,
    refused_since INTEGER,
    done_at INTEGER,
    because TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS outbox_thread ON outbox (thread, channel, target, id);
  CREATE INDEX IF NOT EXISTS outbox_attempted ON outbox (channel, target, attempted_at);
  CREATE INDEX IF NOT EXISTS outbox_done ON outbox (done_at) WHERE state <> 'pending';
  CREATE TABLE IF NOT EXISTS outbox_threads (
    thread TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (thread, channel, target)
  ) STRICT, WITHOUT ROWID;
`;

/** Computed, so that messages of earlier versions have them too. */
const computed = { severity: '$.rule.severity', rule: '$.rule.name' };

/** Creates the tables, or adds to those of an earlier version what they lack. */
export function createTables({ define, sql }: StateTables): void {
  define(tables);
  const known = sql("SELECT name FROM pragma_table_xinfo('outbox')").all();
  const add = (name: string, type: string): void => {
    if (!known.some((column) => column['name'] === name))
      define(`ALTER TABLE outbox ADD COLUMN ${name} ${type}`);
  };
  for (const [name, path] of Object.entries(computed))
    add(name, `TEXT GENERATED ALWAYS AS (json_extract(notice, '${path}')) VIRTUAL`);
  for (const name of partColumns) add(name, 'TEXT');
  define(`
    DROP INDEX IF EXISTS outbox_pending;
    DROP INDEX IF EXISTS outbox_due;
    CREATE INDEX IF NOT EXISTS outbox_turns ON outbox (channel, target, severity, rule, id) WHERE state = 'pending';
    CREATE INDEX IF NOT EXISTS outbox_order ON outbox (thread, channel, target, id) WHERE state = 'pending';
    CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (created_at) WHERE state = 'pending';
    ${partTables}
  `);
}
