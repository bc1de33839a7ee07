/** The tables of the outbox in the state file. */
import type { StateTables } from '../../event/state-tables.ts';
import { PART_TABLES } from './outbox-parts.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    thread TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    notice TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed')),
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    attempted_at INTEGER,
    open_attempt INTEGER NOT NULL DEFAULT 0,
    maybe_sent INTEGER NOT NULL DEFAULT 0,
    refused_since INTEGER,
    done_at INTEGER,
    because TEXT,
    rule_part TEXT,
    runbook_part TEXT,
    severity TEXT GENERATED ALWAYS AS (json_extract(notice, '$.rule.severity')) VIRTUAL,
    rule TEXT GENERATED ALWAYS AS (json_extract(notice, '$.rule.name')) VIRTUAL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS outbox_thread ON outbox (thread, channel, target, id);
  CREATE INDEX IF NOT EXISTS outbox_attempted ON outbox (channel, target, attempted_at);
  CREATE INDEX IF NOT EXISTS outbox_done ON outbox (done_at) WHERE state <> 'pending';
  CREATE INDEX IF NOT EXISTS outbox_turns ON outbox (channel, target, severity, rule, id) WHERE state = 'pending';
  CREATE INDEX IF NOT EXISTS outbox_order ON outbox (thread, channel, target, id) WHERE state = 'pending';
  CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (created_at) WHERE state = 'pending';
  CREATE TABLE IF NOT EXISTS outbox_threads (
    thread TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (thread, channel, target)
  ) STRICT, WITHOUT ROWID;
`;

/** Creates the tables that are missing. */
export function createTables({ define }: StateTables): void {
  define(TABLES + PART_TABLES);
}
