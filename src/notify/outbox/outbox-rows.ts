/** Messages as rows of the outbox: written, read, delivered, given up, deleted. Functions that write get the transaction as an argument. */
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Sql, Transaction } from '../../event/state-tables.ts';
import type { ThreadRef } from '../channel.ts';
import type { Notice } from '../notice.ts';
import type { OutboxMessage } from './outbox.ts';
import type { Receiver } from '../../event/receiver.ts';
import type { OutboxRow } from '../outbox-row.ts';
import { keepParts, packed, unpacking } from './outbox-parts.ts';
import { READY_IDS, type OutboxTurns } from './outbox-turns.ts';

type Row = Record<string, SQLOutputValue>;

// A message that was sent does not need its runbook any more. The runbook is the largest part of a row that is kept for long.
export const SENT_UPDATE = `
  UPDATE outbox SET state = 'sent', open_attempt = 0, done_at = ?, runbook_part = NULL,
    notice = iif(json_type(notice, '$.runbook') IS NULL, notice, json_set(notice, '$.runbook.markdown', ''))
  WHERE id = ?`;

export const THREAD_UPSERT = `
  INSERT INTO outbox_threads (thread, channel, target, ref)
  SELECT thread, channel, target, ? FROM outbox WHERE id = ?
  ON CONFLICT DO UPDATE SET ref = excluded.ref`;

/** Reads the oldest messages of a crowd. */
export const DUE_QUERY = `
  SELECT m.*, t.ref FROM outbox m
  LEFT JOIN outbox_threads t ON t.thread = m.thread AND t.channel = m.channel AND t.target = m.target
  WHERE m.id IN (${READY_IDS}) ORDER BY m.id`;

/** Yields the receivers with pending messages. Steps from one receiver to the next in the index, however many messages each one has. */
export function* waitingReceivers(sql: Sql): Generator<Receiver> {
  const next = (what: string, of: string): StatementSync =>
    sql(`SELECT min(${what}) AS next FROM outbox INDEXED BY outbox_turns WHERE state = 'pending' AND ${of}`);
  const nextChannel = next('channel', 'channel > ?');
  const nextTarget = next('target', 'channel = ? AND target > ?');
  const first = next('target', 'channel = ?');
  for (let channel = nextChannel.get('')?.['next']; typeof channel === 'string';) {
    for (let target = first.get(channel)?.['next']; typeof target === 'string';) {
      yield { channel, target };
      target = nextTarget.get(channel, target)?.['next'];
    }
    channel = nextChannel.get(channel)?.['next'];
  }
}

export function insert(
  tx: Transaction,
  turns: OutboxTurns,
  row: OutboxRow,
  nowMs: number,
  toldBeforeMs: number,
): number {
  const { notice, receiver } = row;
  const parts = packed(notice);
  const result = tx
    .sql(
      `INSERT INTO outbox (key, thread, channel, target, kind, notice, created_at, maybe_sent, rule_part, runbook_part)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    )
    .run(
      row.key,
      notice.threadId,
      receiver.channel,
      receiver.target,
      notice.kind,
      parts.notice,
      nowMs,
      decidedMs(notice) <= toldBeforeMs ? 1 : 0,
      parts.rule?.hash ?? null,
      parts.runbook?.hash ?? null,
    );
  if (result.changes === 0) return 0;
  keepParts(tx, parts);
  const { threadId: thread, rule } = notice;
  turns.added(tx, { id: Number(result.lastInsertRowid), thread, receiver, rule });
  return 1;
}

/** Returns the time of the event that a message reports: nobody can have been told before it. */
function decidedMs({ episode }: Notice): number {
  return Math.max(episode.firstEvent.timeMs, episode.firedAtMs ?? 0, episode.resolvedAtMs ?? 0);
}

export function giveUpOne(tx: Transaction, id: number, nowMs: number, because: string): readonly number[] {
  const row = tx.sql('SELECT thread, channel, target, kind FROM outbox WHERE id = ?').get(id);
  if (!row) return [];
  const { thread, channel, target } = row as { thread: string; channel: string; target: string };
  const ids = [id];
  if (row['kind'] === 'fired') {
    const followers = tx
      .sql(
        "SELECT id FROM outbox WHERE thread = ? AND channel = ? AND target = ? AND id > ? AND state = 'pending'",
      )
      .all(thread, channel, target, id);
    ids.push(...followers.map((follower) => Number(follower['id'])));
  }
  for (const each of ids) {
    tx.sql(
      "UPDATE outbox SET state = 'failed', open_attempt = 0, done_at = ?, because = ?, runbook_part = NULL WHERE id = ?",
    ).run(nowMs, because, each);
  }
  return ids;
}

export function pruneRows(
  tx: Transaction,
  nowMs: number,
  keep: { closedMs: number; anyMs: number; rows: number },
): number {
  // Ages count from the newest message. So a clock that is far ahead does not make messages older than the other messages show.
  const newest = tx.sql("SELECT max(done_at) AS at FROM outbox WHERE state <> 'pending'").get()?.['at'];
  const fromMs = Math.min(nowMs, Number(newest ?? nowMs));
  const closed = tx
    .sql(
      `DELETE FROM outbox WHERE state <> 'pending' AND done_at < ? AND EXISTS (
       SELECT 1 FROM outbox e WHERE e.thread = outbox.thread AND e.kind IN ('resolved', 'withdrawn'))`,
    )
    .run(fromMs - keep.closedMs).changes;
  const old = tx
    .sql("DELETE FROM outbox WHERE state <> 'pending' AND done_at < ?")
    .run(fromMs - keep.anyMs).changes;
  const excess = tx
    .sql(
      `DELETE FROM outbox WHERE state <> 'pending' AND id <= (
       SELECT id FROM outbox WHERE state <> 'pending' ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    )
    .run(keep.rows).changes;
  const gone = Number(closed) + Number(old) + Number(excess);
  if (gone > 0) {
    tx.sql(
      `DELETE FROM outbox_threads WHERE NOT EXISTS (
         SELECT 1 FROM outbox e WHERE e.thread = outbox_threads.thread AND e.channel = outbox_threads.channel
           AND e.target = outbox_threads.target)`,
    ).run();
  }
  return gone;
}

export function receiverOf(row: Row): Receiver {
  return { channel: String(row['channel']), target: String(row['target']) };
}

/** Returns a function that makes messages from rows. The messages share their parts. */
export function messagesOf(sql: Sql): (row: Row) => OutboxMessage {
  const noticeOf = unpacking(sql);
  return (row) => messageOf(row, noticeOf(row));
}

function messageOf(row: Row, notice: Notice): OutboxMessage {
  const thread = row['ref'];
  return {
    id: Number(row['id']),
    key: String(row['key']),
    receiver: receiverOf(row),
    notice,
    createdAtMs: Number(row['created_at']),
    attempts: Number(row['attempts']),
    possibleDuplicate: row['maybe_sent'] === 1,
    ...(typeof row['refused_since'] === 'number' && { refusedSinceMs: row['refused_since'] }),
    ...(typeof thread === 'string' && { thread: JSON.parse(thread) as ThreadRef }),
  };
}
