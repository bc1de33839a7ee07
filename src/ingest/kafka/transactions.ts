/**
 * Open transactions: what stands behind one is given to nobody until it ends, so a partition that was read up to one is not at its
 * end. No I/O. A producer that hangs may leave one open for ever: it is waited for as long as the configuration says.
 */
import type { TopicEnds } from './ends.ts';

export interface OpenTransaction {
  /** Where it begins: nothing from here on is given to a consumer. */
  readonly offset: number;
  /** Since when it has been in the way: ms since epoch for people, and ms of a clock that nobody sets. */
  readonly sinceMs: number;
  readonly sinceSteadyMs: number;
  /** It is not waited for any more. */
  readonly outwaited: boolean;
}

export interface Clocks {
  readonly nowMs: number;
  readonly steadyMs: number;
}

/** The transaction that keeps a partition from being read on, `next` being the offset to take next; undefined where none does. */
export function transactionAt(
  before: OpenTransaction | undefined,
  next: number,
  ends: Pick<TopicEnds, 'stable' | 'high'>,
  { nowMs, steadyMs }: Clocks,
  waitMs: number,
): OpenTransaction | undefined {
  // Otherwise something before it is unread, or the answer is older than what was read since.
  if (next !== ends.stable || ends.stable >= ends.high) return undefined;
  const since =
    before?.offset === ends.stable
      ? { sinceMs: before.sinceMs, sinceSteadyMs: before.sinceSteadyMs }
      : { sinceMs: nowMs, sinceSteadyMs: steadyMs };
  return { offset: ends.stable, ...since, outwaited: steadyMs - since.sinceSteadyMs >= waitMs };
}
