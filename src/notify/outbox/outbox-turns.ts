/**
 * Decides which messages may go now. A table in memory holds the head of each thread at each receiver: its first waiting message, unless
 * that is under way. A head is ready, or rests until it is tried again. So a turn reads only messages that may go, however many wait. Times
 * are of the steady clock, which begins anew with each process, and so does this table.
 */
import type { Severity } from '../../event/alert.ts';
import type { StateTables, Transaction } from '../../event/state-tables.ts';
import type { Crowd } from './outbox.ts';
import type { Receiver } from '../../event/receiver.ts';
import { BY_URGENCY } from './urgency.ts';

// The table is in memory: neither a full disk nor a read-only one may keep messages from going out.
const TABLES = `
  PRAGMA temp_store = MEMORY;
  DROP TABLE IF EXISTS temp.outbox_heads;
  CREATE TABLE temp.outbox_heads (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    severity TEXT,
    rule TEXT,
    -- NULL: ready.
    due_at INTEGER
  ) STRICT;
  CREATE INDEX temp.outbox_ready ON outbox_heads (channel, target, severity, rule, id) WHERE due_at IS NULL;
  CREATE INDEX temp.outbox_resting ON outbox_heads (channel, target, severity, due_at) WHERE due_at IS NOT NULL;
  INSERT INTO temp.outbox_heads
    SELECT m.id, m.channel, m.target, m.severity, m.rule, NULL FROM outbox m INDEXED BY outbox_turns
    WHERE m.state = 'pending' AND m.open_attempt = 0 AND NOT EXISTS (
      SELECT 1 FROM outbox e INDEXED BY outbox_order WHERE e.thread = m.thread AND e.channel = m.channel
        AND e.target = m.target AND e.id < m.id AND e.state = 'pending');
`;

const ADDITION = `
  INSERT INTO temp.outbox_heads SELECT :id, :channel, :target, :severity, :rule, NULL WHERE NOT EXISTS (
    SELECT 1 FROM outbox e INDEXED BY outbox_order WHERE e.thread = :thread AND e.channel = :channel AND e.target = :target
      AND e.id < :id AND e.state = 'pending')`;

const THREAD_RESTS = `
  INSERT OR REPLACE INTO temp.outbox_heads
  SELECT m.id, m.channel, m.target, m.severity, m.rule, :dueAtMs FROM outbox m WHERE m.id = :id AND m.state = 'pending'`;

/** Adds the message that stood behind a message of its thread that waits no more. */
const NEXT_OF_THREAD = `
  INSERT OR IGNORE INTO temp.outbox_heads
  SELECT n.id, n.channel, n.target, n.severity, n.rule, NULL FROM outbox n WHERE n.open_attempt = 0 AND n.id = (
    SELECT e.id FROM outbox m JOIN outbox e INDEXED BY outbox_order
      ON e.thread = m.thread AND e.channel = m.channel AND e.target = m.target
    WHERE m.id = :id AND e.state = 'pending' ORDER BY e.id LIMIT 1)`;

/** Maximum heads that become ready in one turn, so few that the turn takes no longer. The next turn takes the rest. */
const WOKEN_AT_ONCE = 100;

const FALL_DUE = `
  UPDATE temp.outbox_heads SET due_at = NULL WHERE id IN (
    SELECT id FROM temp.outbox_heads INDEXED BY outbox_resting
    WHERE channel = :channel AND target = :target AND severity = :severity AND due_at <= :steadyMs
    ORDER BY due_at LIMIT ${WOKEN_AT_ONCE})`;

const IS_READY = 'channel = :channel AND target = :target AND severity = :severity AND due_at IS NULL';

/** Steps from rule to rule in the index, and counts at most `:most` heads of each. */
const CROWDS = `
  WITH RECURSIVE rules (rule) AS (
    SELECT min(rule) FROM temp.outbox_heads WHERE ${IS_READY}
    UNION ALL
    SELECT (SELECT min(n.rule) FROM temp.outbox_heads n WHERE ${IS_READY} AND n.rule > rules.rule)
    FROM rules WHERE rules.rule IS NOT NULL)
  SELECT rule,
    (SELECT count(*) FROM (SELECT 1 FROM temp.outbox_heads h WHERE ${IS_READY} AND h.rule = rules.rule LIMIT :most)) AS due,
    (SELECT min(id) FROM temp.outbox_heads h WHERE ${IS_READY} AND h.rule = rules.rule) AS oldest
  FROM rules WHERE rule IS NOT NULL`;

/** Ids of the oldest ready heads of one rule and severity. Other queries use this query as a part. */
export const READY_IDS = `
  SELECT id FROM temp.outbox_heads INDEXED BY outbox_ready WHERE ${IS_READY} AND rule = :rule ORDER BY id LIMIT :limit`;

const NEXT_DUE = `
  SELECT min(due_at) AS at FROM temp.outbox_heads INDEXED BY outbox_resting
  WHERE channel = :channel AND target = :target AND severity = :severity AND due_at > :steadyMs`;

/** The fields of a message that the heads need. */
interface NewMessage {
  readonly id: number;
  readonly thread: string;
  readonly receiver: Receiver;
  readonly rule: { readonly name: string; readonly severity: Severity };
}

/** The heads of threads. They change in the same transactions as the outbox. */
export interface OutboxTurns {
  /** Adds a message that is new in the outbox. */
  added(tx: Transaction, message: NewMessage): void;
  /** Removes messages that are under way now. */
  taken(tx: Transaction, ids: readonly number[]): void;
  /** Adds messages that are tried again at `dueAtMs`. */
  resting(tx: Transaction, ids: readonly number[], dueAtMs: number): void;
  /** Removes messages that wait no more, and adds those behind them. */
  gone(tx: Transaction, ids: readonly number[]): void;
  /** See `Outbox.crowds`. */
  crowds(receiver: Receiver, severity: Severity, steadyMs: number, max: number): readonly Crowd[];
  /** See `Outbox.nextDueMs`. */
  nextDueMs(receiver: Receiver, steadyMs: number): number | undefined;
}

/** Opens the table of heads. At the beginning every waiting message is ready, except those behind others of their thread. */
export function openTurns({ define, sql }: StateTables): OutboxTurns {
  define(TABLES);
  const leave = (tx: Transaction, ids: readonly number[]): void => {
    for (const id of ids) tx.sql('DELETE FROM temp.outbox_heads WHERE id = ?').run(id);
  };
  return {
    added(tx, { id, thread, receiver: { channel, target }, rule: { name, severity } }) {
      tx.sql(ADDITION).run({ id, thread, channel, target, severity, rule: name });
    },
    taken: leave,
    resting(tx, ids, dueAtMs) {
      for (const id of ids) tx.sql(THREAD_RESTS).run({ id, dueAtMs: Math.ceil(dueAtMs) });
    },
    gone(tx, ids) {
      leave(tx, ids);
      for (const id of ids) tx.sql(NEXT_OF_THREAD).run({ id });
    },
    crowds({ channel, target }, severity, steadyMs, max) {
      const whose = { channel, target, severity };
      sql(FALL_DUE).run({ ...whose, steadyMs });
      return sql(CROWDS)
        .all({ ...whose, most: max })
        .map((row) => ({
          severity,
          rule: String(row['rule']),
          due: Number(row['due']),
          oldestId: Number(row['oldest']),
        }));
    },
    nextDueMs({ channel, target }, steadyMs) {
      const times = BY_URGENCY.flatMap((severity) => {
        const at = sql(NEXT_DUE).get({ channel, target, severity, steadyMs })?.['at'];
        return typeof at === 'number' ? [at] : [];
      });
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}
