/**
 * The outbox: messages that are decided but not yet delivered, in tables of the state file. Messages are added in the transaction of their
 * alert, so both become durable together. The outcome of a delivery is stored in a transaction of its own. The outbox never sends anything.
 * It never drops a message that was not delivered: only the dispatcher decides that, and reports it loudly.
 * Life of a message: pending → (ATTEMPT → pending again)* → sent | failed. An ATTEMPT is durable before the request leaves. If it has no
 * outcome at the next start, the message may have arrived, so it is marked as a possible duplicate when it is sent again.
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
  /**
   * Steady time of the first attempt that was refused for good. The time until giving up counts from here, and begins anew after a start.
   */
  readonly refusedSinceMs?: number;
  readonly possibleDuplicate: boolean;
  readonly thread?: ThreadRef;
}

/** Messages of one rule and severity that may go to a receiver now. */
export interface Crowd {
  readonly severity: Severity;
  readonly rule: string;
  /** Number of the messages, counted up to a bound. */
  readonly due: number;
  /** Id of the oldest of the messages. */
  readonly oldestId: number;
}

interface Backlog {
  readonly pending: number;
  /** Age of the oldest pending message; 0 if there is none. */
  readonly ageMs: number;
}

export interface Outbox {
  /** Adds the rows that are not in the outbox yet. Returns how many were added. */
  add(tx: Transaction, rows: readonly OutboxRow[]): number;
  /** Returns the receivers with pending messages. */
  waiting(): readonly Receiver[];
  /**
   * Returns the rules that have messages of this severity that may go to the receiver now. Such messages are due, not under way, and not
   * behind an undelivered message of their thread. At most `max` messages of each rule are counted. Messages that may not go are not read,
   * so a flood takes as long as a few. Due times here and below are of the steady clock: nobody can set it, and each process begins anew.
   */
  crowds(receiver: Receiver, severity: Severity, steadyMs: number, max: number): readonly Crowd[];
  /** Returns the oldest messages of a crowd, out of those that `crowds` has counted. */
  due(receiver: Receiver, crowd: Pick<Crowd, 'severity' | 'rule'>, limit: number): readonly OutboxMessage[];
  /** Returns the first time after `steadyMs` at which a message of a receiver becomes due that is not behind another of its thread. */
  nextDueMs(receiver: Receiver, steadyMs: number): number | undefined;
  /** Returns the attempts on this receiver since a time. They are spent from its rate budget, also if they were before a restart. */
  attemptsSince(
    receiver: Receiver,
    sinceMs: number,
  ): readonly { readonly atMs: number; readonly severity: Severity }[];
  /** Records an attempt. It is durable before the request leaves. */
  attempt(ids: readonly number[], nowMs: number): void;
  /** Records that the messages arrived. `begun`: the conversation for later messages in the threads of `begun.ids`, at their receiver. */
  sent(
    ids: readonly number[],
    nowMs: number,
    begun?: { readonly ids: readonly number[]; readonly thread: ThreadRef },
  ): void;
  /**
   * Records that the messages are to be tried again at `dueAtMs`. `unsent`: the message certainly did not arrive. `refusedSinceMs`: present
   * if the receiver refused it for good.
   */
  retry(
    ids: readonly number[],
    outcome: { dueAtMs: number; unsent: boolean; refusedSinceMs?: number; because: string },
  ): void;
  /**
   * Gives messages up. If one is the first of its thread, the later ones of the thread are given up too. Returns all ids that were given
   * up.
   */
  giveUp(ids: readonly number[], nowMs: number, because: string): readonly number[];
  /** Returns the firing of a thread and its receivers, except those for which it was given up. */
  openingOf(threadId: string): ThreadOpening | undefined;
  /** Returns true if a message of the thread waits. */
  owes(threadId: string): boolean;
  backlog(nowMs: number): Backlog;
  /**
   * Deletes delivered and given-up messages that are older than `closedMs` in closed threads, or older than `anyMs` in any thread. Keeps at
   * most `rows` of them.
   */
  prune(nowMs: number, keep: { closedMs: number; anyMs: number; rows: number }): number;
}

/**
 * Opens the outbox in the state file. Attempts that a crash left open count as possibly delivered from here on. So do messages about times
 * up to `toldBeforeMs`: a process whose state was lost may have sent them.
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
  // A start often follows a repair (a mended token), so each waiting message is tried again at once.
  tx.sql(
    "UPDATE outbox SET maybe_sent = max(maybe_sent, open_attempt), open_attempt = 0, refused_since = NULL WHERE state = 'pending'",
  ).run();
}

const BEGIN_ATTEMPT = 'UPDATE outbox SET open_attempt = 1, attempts = attempts + 1 WHERE id = ?';
const END_ATTEMPT =
  'UPDATE outbox SET open_attempt = 0, maybe_sent = max(maybe_sent, ?), refused_since = ?, because = ? WHERE id = ?';

/** Records deliveries. Each change is a transaction of its own. */
function sending(
  tables: StateTables,
  turns: OutboxTurns,
): Pick<Outbox, 'attempt' | 'sent' | 'retry' | 'giveUp' | 'prune'> {
  return {
    attempt: (ids, nowMs) =>
      tables.transaction((tx) => {
        turns.taken(tx, ids);
        each(tx, ids, BEGIN_ATTEMPT);
        // One request takes one slot of the rate budget, however many messages it carries.
        each(tx, ids.slice(0, 1), 'UPDATE outbox SET attempted_at = ? WHERE id = ?', nowMs);
      }),
    // The three changes are one transaction. After a crash between them, the resolution would begin a conversation of its own.
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

/** Runs a statement for each message. The id is its last parameter. */
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

/** Reads the outbox. Changes nothing that is durable. */
function reading(
  { sql }: StateTables,
  turns: OutboxTurns,
): Omit<Outbox, 'add' | 'attempt' | 'sent' | 'retry' | 'giveUp' | 'prune'> {
  return {
    waiting: () => [...waitingReceivers(sql)],
    crowds: (receiver, severity, steadyMs, max) => turns.crowds(receiver, severity, steadyMs, max),
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

/** SQLite integers cannot be infinite. */
function finite(ms: number): number {
  return Math.max(ms, Number.MIN_SAFE_INTEGER);
}
