/**
 * Finds messages that receivers have not got, if that looks like trouble and not like a short wait. Reads the outbox and changes nothing.
 */
import type { StateTables } from '../../event/state-tables.ts';

export interface Undelivered {
  readonly receiver: { readonly channel: string; readonly target: string };
  readonly waiting: number;
  /** Time at which the oldest waiting message was added. */
  readonly oldestMs?: number;
  /** Messages given up in the last day, if nothing was delivered since. */
  readonly givenUp: number;
  /** Why the latest attempt failed. Absent if none has failed. */
  readonly because?: string;
}

/** As many failed attempts as open a breaker (breaker.ts). */
const ATTEMPTS_MAX = 5;
/** Longest usual wait: rate budgets and short outages are over sooner. */
const WAIT_MAX_MS = 300_000;
const DAY_MS = 86_400_000;

const WAITING_QUERY = `
  SELECT channel, target, count(*) AS waiting, min(created_at) AS oldest, 0 AS given_up,
    (SELECT because FROM outbox l WHERE l.channel = m.channel AND l.target = m.target AND l.state = 'pending'
       AND l.because IS NOT NULL ORDER BY l.attempted_at DESC LIMIT 1) AS because
  FROM outbox m WHERE state = 'pending' GROUP BY channel, target
  HAVING max(refused_since) IS NOT NULL OR sum(attempts) >= ${ATTEMPTS_MAX} OR min(created_at) <= ?`;

// The group gets `because` from the newest of the given-up rows. This is SQLite's rule for a bare column beside max().
const GIVEN_UP_QUERY = `
  SELECT channel, target, 0 AS waiting, NULL AS oldest, count(*) AS given_up, because, max(done_at)
  FROM outbox m WHERE state <> 'pending' AND done_at > ? AND state = 'failed' AND NOT EXISTS (
    SELECT 1 FROM outbox s WHERE s.state <> 'pending' AND s.done_at >= m.done_at AND s.state = 'sent'
      AND s.channel = m.channel AND s.target = m.target)
  GROUP BY channel, target`;

/**
 * Returns the receivers with trouble: those that refuse messages or had messages given up, that failed several times in a row, or that have
 * waited for a message for minutes.
 */
export function undelivered({ sql }: StateTables): (nowMs: number) => readonly Undelivered[] {
  return (nowMs) => {
    const found = new Map<string, Undelivered>();
    for (const row of [
      ...sql(GIVEN_UP_QUERY).all(nowMs - DAY_MS),
      ...sql(WAITING_QUERY).all(nowMs - WAIT_MAX_MS),
    ]) {
      const receiver = { channel: String(row['channel']), target: String(row['target']) };
      const key = JSON.stringify(receiver);
      found.set(key, {
        receiver,
        waiting: Number(row['waiting']),
        ...(row['oldest'] !== null && { oldestMs: Number(row['oldest']) }),
        givenUp: Number(row['given_up']) + (found.get(key)?.givenUp ?? 0),
        ...(row['because'] !== null && { because: String(row['because']) }),
      });
    }
    return [...found.values()];
  };
}
