/** The tables of the outbox in the state file, and what is asked of them to find out whose turn it is at a receiver. */
import type { DatabaseSync } from 'node:sqlite';

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
export function createTables(database: DatabaseSync): void {
  database.exec(tables);
  const known = database.prepare("SELECT name FROM pragma_table_xinfo('outbox')").all();
  for (const [name, path] of Object.entries(computed)) {
    if (known.some((column) => column['name'] === name)) continue;
    database.exec(
      `ALTER TABLE outbox ADD COLUMN ${name} TEXT GENERATED ALWAYS AS (json_extract(notice, '${path}')) VIRTUAL`,
    );
  }
  database.exec(`
    DROP INDEX IF EXISTS outbox_pending;
    CREATE INDEX IF NOT EXISTS outbox_turns ON outbox (channel, target, severity, rule, id) WHERE state = 'pending';
    CREATE INDEX IF NOT EXISTS outbox_due ON outbox (channel, target, due_at) WHERE state = 'pending';
  `);
}

/** No message of its thread waits before it at the same receiver. */
const isHead = `NOT EXISTS (
    SELECT 1 FROM outbox e WHERE e.thread = m.thread AND e.channel = m.channel AND e.target = m.target
      AND e.id < m.id AND e.state = 'pending')`;

/** Of one rule and severity, the table being `m` and read by the index of turns, where only the first few are looked at. */
const isDue = `m.state = 'pending' AND m.channel = :channel AND m.target = :target AND m.severity = :severity
    AND m.due_at <= :steadyMs AND m.open_attempt = 0 AND ${isHead}`;

/** Rules with messages of a severity that may go now: steps from rule to rule in the index, and counts at most so many of each. */
export const crowdsQuery = `
  WITH RECURSIVE rules (rule) AS (
    SELECT min(rule) FROM outbox WHERE state = 'pending' AND channel = :channel AND target = :target AND severity = :severity
    UNION ALL
    SELECT (SELECT min(n.rule) FROM outbox n WHERE n.state = 'pending' AND n.channel = :channel AND n.target = :target
              AND n.severity = :severity AND n.rule > rules.rule)
    FROM rules WHERE rules.rule IS NOT NULL)
  SELECT rule, count(id) AS due, min(id) AS oldest FROM (
    SELECT rules.rule, d.id FROM rules JOIN outbox d ON d.id IN (
      SELECT m.id FROM outbox m INDEXED BY outbox_turns WHERE m.rule = rules.rule AND ${isDue} ORDER BY m.id LIMIT :most)
    WHERE rules.rule IS NOT NULL)
  GROUP BY rule`;

/** The oldest messages of a rule and severity that may go now. */
export const dueQuery = `
  SELECT m.*, t.ref FROM outbox m INDEXED BY outbox_turns
  LEFT JOIN outbox_threads t ON t.thread = m.thread AND t.channel = m.channel AND t.target = m.target
  WHERE m.rule = :rule AND ${isDue} ORDER BY m.id LIMIT :limit`;

/** The first time after `steadyMs` at which a message falls due. */
export const nextDueQuery = `
  SELECT m.due_at AS at FROM outbox m INDEXED BY outbox_due
  WHERE m.state = 'pending' AND m.channel = :channel AND m.target = :target AND m.due_at > :steadyMs AND ${isHead}
  ORDER BY m.due_at LIMIT 1`;
