/**
 * Open transactions. The records behind an open transaction are given to no consumer until it ends. So a partition that was read up to one
 * is not at its end. No I/O. A producer that hangs may leave a transaction open for ever. It is waited for as long as the configuration
 * says.
 */
import type { TopicEnds } from './ends.ts';

export interface OpenTransaction {
  /** Where the transaction begins: no record from here on is given to a consumer. */
  readonly offset: number;
  /** Since when the transaction has been in the way: ms since epoch for people, and ms of a clock that nobody sets. */
  readonly sinceMs: number;
  readonly sinceSteadyMs: number;
  /** True when the transaction is not waited for any more. */
  readonly outwaited: boolean;
}

export interface Clocks {
  readonly nowMs: number;
  readonly steadyMs: number;
}

/** Returns the open transaction that stops the reading of a partition; undefined when there is none. `next` is the offset to take next. */
export function transactionAt(
  before: OpenTransaction | undefined,
  next: number,
  ends: Pick<TopicEnds, 'stable' | 'high'>,
  { nowMs, steadyMs }: Clocks,
  waitMs: number,
): OpenTransaction | undefined {
  // Otherwise a record before the transaction is unread, or the answer is older than the latest fetch.
  if (next !== ends.stable || ends.stable >= ends.high) return undefined;
  const since =
    before?.offset === ends.stable
      ? { sinceMs: before.sinceMs, sinceSteadyMs: before.sinceSteadyMs }
      : { sinceMs: nowMs, sinceSteadyMs: steadyMs };
  return { offset: ends.stable, ...since, outwaited: steadyMs - since.sinceSteadyMs >= waitMs };
}
