/**
 * The outbox: messages decided but not yet delivered, in tables of the state file. Messages are added in the transaction of their
 * alert, so both become durable together; how a delivery went is a transaction of its own. It never sends anything and never drops
 * a message that was not delivered: that is the dispatcher's decision, and a loud one.
 *
 * Life of a message: pending → (ATTEMPT → pending again)* → sent | failed. An ATTEMPT is durable before the request leaves; one
 * without an outcome at the next start may have arrived, so its resend is marked as a possible duplicate.
 */
import type { Severity } from '../../event/alert.ts';
import type { StateTables, Transaction } from '../../event/state-tables.ts';
import type { ThreadRef } from '../channel.ts';
import { unpacking } from './outbox-parts.ts';
import {
  DUE_QUERY,
  giveUpOne,
  insert,
  messagesOf,
  pruneRows,
  receiverOf,
  SENT_UPDATE,
  THREAD_UPSERT,
  waitingReceivers,
} from './outbox-rows.ts';
import { createTables } from './outbox-tables.ts';
import { openTurns, type OutboxTurns } from './outbox-turns.ts';
import type { Receiver } from '../../event/receiver.ts';
import type { OutboxRow, ThreadOpening } from '../outbox-row.ts';

export interface OutboxMessage extends OutboxRow {
  readonly createdAtMs: number;
  readonly id: number;
  readonly attempts: number;
  /** The first attempt that was refused for good, by the steady clock; giving up counts from here, and anew after a start. */
  readonly refusedSinceMs?: number;
  readonly possibleDuplicate: boolean;
  readonly thread?: ThreadRef;
}

/** Messages of one rule and severity that may go to a receiver now. */
export interface Crowd {
  readonly severity: Severity;
  readonly rule: string;
  /** How many, counted up to a bound. */
  readonly due: number;
  /** The oldest of them. */
  readonly oldestId: number;
}

interface Backlog {
  readonly pending: number;
  /** Age of the oldest pending message, 0 where none is. */
  readonly ageMs: number;
}

export interface Outbox {
  /** Adds what is not there yet; gives how many were new. */
  add(tx: Transaction, rows: readonly OutboxRow[]): number;
  /** Receivers with pending messages. */
  waiting(): readonly Receiver[];
  /**
   * Which rules have messages of a severity for a receiver that may go now: due, not under way, and not behind an undelivered one of
   * their thread. No more than `most` of a rule are counted, and what may not go is not looked at: this takes as long for a flood as for
   * a few. When a message is due is said by the steady clock, here and below: nobody can set it, and each process begins anew.
   */
  crowds(receiver: Receiver, severity: Severity, steadyMs: number, most: number): readonly Crowd[];
  /** The oldest messages of a crowd, of those that `crowds` has counted. */
  due(receiver: Receiver, crowd: Pick<Crowd, 'severity' | 'rule'>, limit: number): readonly OutboxMessage[];
  /** The first time after `steadyMs` at which a message of a receiver falls due that is not behind another of its thread. */
  nextDueMs(receiver: Receiver, steadyMs: number): number | undefined;
  /** Attempts on this receiver since a time: what its rate budget has spent, also before a restart. */
  attemptsSince(
    receiver: Receiver,
    sinceMs: number,
  ): readonly { readonly atMs: number; readonly severity: Severity }[];
  /** Durable before the request leaves. */
  attempt(ids: readonly number[], nowMs: number): void;
  /** They arrived; `begun` is the conversation that later messages of the threads of its messages go into, at their receiver. */
  sent(
    ids: readonly number[],
    nowMs: number,
    begun?: { readonly ids: readonly number[]; readonly thread: ThreadRef },
  ): void;
  /** To be tried again at `dueAtMs`. `unsent`: it certainly did not arrive. `refused`: the receiver refused it for good. */
  retry(
    ids: readonly number[],
    outcome: { dueAtMs: number; unsent: boolean; refusedSinceMs?: number; because: string },
  ): void;
  /** Given up; what follows in its thread is given up too if it was the thread's first message. Gives all ids given up. */
  giveUp(ids: readonly number[], nowMs: number, because: string): readonly number[];
  /** Receivers of a thread's firing, but for those where it was given up. */
  openingOf(threadId: string): ThreadOpening | undefined;
  /** Whether a message of a thread waits. */
  owes(threadId: string): boolean;
  backlog(nowMs: number): Backlog;
  /** Forgets delivered messages of closed threads older than `closedMs`, and of any thread older than `anyMs`. */
  prune(nowMs: number, keep: { closedMs: number; anyMs: number; rows: number }): number;
}

/**
 * Opens the outbox in the state file. Attempts left open by a crash count as possibly delivered from here on. So do messages about times
 * up to `toldBeforeMs`: they were perhaps sent by a process whose state was lost.
 */
export function openOutbox(
  tables: StateTables,
  clock: () => number,
  toldBeforeMs: () => number = () => -Infinity,
): Outbox {
  createTables(tables);
  tables.transaction((tx) => beginAnew(tx, toldBeforeMs()));
  const turns = openTurns(tables);
  return {
    add: (tx, rows) =>
      rows.reduce((added, row) => added + insert(tx, turns, row, clock(), toldBeforeMs()), 0),
    ...sending(tables, turns),
    ...reading(tables, turns),
  };
}

function beginAnew(tx: Transaction, toldBeforeMs: number): void {
  tx.sql("UPDATE outbox SET maybe_sent = 1 WHERE state = 'pending' AND created_at <= ?").run(
    finite(toldBeforeMs),
  );
  // A start is often the end of what kept messages waiting (a mended token): each is tried again at once.
  tx.sql(
    "UPDATE outbox SET maybe_sent = max(maybe_sent, open_attempt), open_attempt = 0, refused_since = NULL WHERE state = 'pending'",
  ).run();
}

const BEGIN_ATTEMPT = 'UPDATE outbox SET open_attempt = 1, attempts = attempts + 1 WHERE id = ?';
const END_ATTEMPT =
  'UPDATE outbox SET open_attempt = 0, maybe_sent = max(maybe_sent, ?), refused_since = ?, because = ? WHERE id = ?';

/** How deliveries go: each change a transaction of its own. */
function sending(
  tables: StateTables,
  turns: OutboxTurns,
): Pick<Outbox, 'attempt' | 'sent' | 'retry' | 'giveUp' | 'prune'> {
  return {
    attempt: (ids, nowMs) =>
      tables.transaction((tx) => {
        turns.taken(tx, ids);
        each(tx, ids, BEGIN_ATTEMPT);
        // One request, one slot of the budget, however many messages it carries.
        each(tx, ids.slice(0, 1), 'UPDATE outbox SET attempted_at = ? WHERE id = ?', nowMs);
      }),
    // Together: a crash in between would have the resolution begin a conversation of its own.
    sent: (ids, nowMs, begun) =>
      tables.transaction((tx) => {
        each(tx, ids, SENT_UPDATE, nowMs);
        turns.gone(tx, ids);
        if (begun !== undefined) each(tx, begun.ids, THREAD_UPSERT, JSON.stringify(begun.thread));
      }),
    retry: (ids, { dueAtMs, unsent, refusedSinceMs, because }) =>
      tables.transaction((tx) => {
        const refused = refusedSinceMs === undefined ? null : Math.floor(refusedSinceMs);
        each(tx, ids, END_ATTEMPT, unsent ? 0 : 1, refused, because);
        turns.resting(tx, ids, dueAtMs);
      }),
    giveUp: (ids, nowMs, because) =>
      tables.transaction((tx) => {
        const gone = ids.flatMap((id) => giveUpOne(tx, id, nowMs, because));
        turns.gone(tx, gone);
        return gone;
      }),
    prune: (nowMs, keep) => tables.transaction((tx) => pruneRows(tx, nowMs, keep)),
  };
}

/** Runs a statement for each message; its id is the last parameter. */
function each(
  tx: Transaction,
  ids: readonly number[],
  text: string,
  ...values: (string | number | null)[]
): void {
  for (const id of ids) tx.sql(text).run(...values, id);
}

const ATTEMPTS_ON =
  'SELECT attempted_at AS at, severity FROM outbox WHERE channel = ? AND target = ? AND attempted_at > ? ORDER BY 1';
const FIRINGS_OF =
  "SELECT channel, target, notice, rule_part FROM outbox WHERE thread = ? AND kind = 'fired' AND state <> 'failed' ORDER BY id";

/** What is asked of the outbox and changes nothing that lasts. */
function reading(
  { sql }: StateTables,
  turns: OutboxTurns,
): Omit<Outbox, 'add' | 'attempt' | 'sent' | 'retry' | 'giveUp' | 'prune'> {
  return {
    waiting: () => [...waitingReceivers(sql)],
    crowds: (receiver, severity, steadyMs, most) => turns.crowds(receiver, severity, steadyMs, most),
    due: ({ channel, target }, { severity, rule }, limit) =>
      sql(DUE_QUERY).all({ channel, target, severity, rule, limit }).map(messagesOf(sql)),
    nextDueMs: (receiver, steadyMs) => turns.nextDueMs(receiver, steadyMs),
    attemptsSince: (receiver, sinceMs) =>
      sql(ATTEMPTS_ON)
        .all(receiver.channel, receiver.target, sinceMs)
        .map((row) => ({ atMs: Number(row['at']), severity: row['severity'] as Severity })),
    openingOf(threadId) {
      const rows = sql(FIRINGS_OF).all(threadId);
      const first = rows[0];
      return first && { receivers: rows.map(receiverOf), notice: unpacking(sql)(first) };
    },
    owes: (threadId) =>
      sql("SELECT 1 FROM outbox WHERE thread = ? AND state = 'pending' LIMIT 1").get(threadId) !== undefined,
    backlog(nowMs) {
      const row = sql(
        "SELECT count(*) AS n, min(created_at) AS oldest FROM outbox WHERE state = 'pending'",
      ).get()!;
      const oldest = row['oldest'];
      return {
        pending: Number(row['n']),
        ageMs: oldest === null ? 0 : Math.max(0, nowMs - Number(oldest)),
      };
    },
  };
}

/** SQLite has no infinite whole numbers. */
function finite(ms: number): number {
  return Math.max(ms, Number.MIN_SAFE_INTEGER);
}
