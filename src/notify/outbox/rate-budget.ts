/**
 * The rate budget: how many messages a receiver may still get within a minute. Every severity has slots of its own, so that a flood of
 * other messages never makes it wait. Slots of more urgent severities always stay free for messages that may come. Slots of less urgent
 * severities stay free only while such messages wait.
 */
import type { Severity } from '../../event/alert.ts';
import { BY_URGENCY, rankOf } from './urgency.ts';

const MINUTE_MS = 60_000;

export interface Spent {
  readonly atMs: number;
  readonly severity: Severity;
}

export interface RateBudget {
  /** Returns the slots left now for messages of a severity, while messages of the severities `waiting` wait. */
  left(nowMs: number, severity: Severity, waiting: ReadonlySet<Severity>): number;
  /** Returns when the next slot for such messages becomes free. */
  nextMs(nowMs: number, severity: Severity, waiting: ReadonlySet<Severity>): number;
  spend(nowMs: number, severity: Severity): void;
}

const shares: Readonly<Record<Severity, number>> = {
  critical: 1 / 5,
  high: 1 / 8,
  medium: 1 / 15,
  low: 1 / 15,
  info: 1 / 15,
};
/** A smaller budget is too small to divide: messages only go in the order of their urgency. */
const DIVIDED_BUDGET_MIN = 4;
/** With a smaller budget only `critical` and `high` have slots of their own. */
const BUDGET_FOR_ALL_MIN = 8;

/** Creates the budget. All times are of the steady clock. `spentBefore`: attempts before a restart, oldest first. */
export function createRateBudget(perMinute: number, spentBefore: readonly Spent[]): RateBudget {
  const own = new Map(BY_URGENCY.map((severity) => [severity, ownSlots(severity, perMinute)]));
  let spent = [...spentBefore];
  const recent = (nowMs: number): readonly Spent[] =>
    (spent = spent.filter(({ atMs }) => atMs > nowMs - MINUTE_MS));
  const free = (used: readonly Spent[], severity: Severity, waiting: ReadonlySet<Severity>): number => {
    const kept = BY_URGENCY.filter((other) => rankOf(other) < rankOf(severity) || waiting.has(other));
    const others = kept.filter((other) => other !== severity);
    const unused = others.map((other) => Math.max(0, own.get(other)! - countOf(used, other)));
    return Math.max(0, perMinute - used.length - unused.reduce((sum, slots) => sum + slots, 0));
  };
  return {
    left: (nowMs, severity, waiting) => free(recent(nowMs), severity, waiting),
    nextMs(nowMs, severity, waiting) {
      const used = recent(nowMs);
      if (free(used, severity, waiting) > 0) return nowMs;
      // The fewer attempts count, the more slots are free. A binary search finds how many must be older than a minute.
      let [tooFew, enough] = [0, used.length];
      while (enough - tooFew > 1) {
        const middle = (tooFew + enough) >> 1;
        if (free(used.slice(middle), severity, waiting) > 0) enough = middle;
        else tooFew = middle;
      }
      return (used[enough - 1]?.atMs ?? nowMs) + MINUTE_MS;
    },
    spend: (nowMs, severity) => void spent.push({ atMs: nowMs, severity }),
  };
}

function countOf(spent: readonly Spent[], severity: Severity): number {
  return spent.filter((each) => each.severity === severity).length;
}

function ownSlots(severity: Severity, perMinute: number): number {
  if (perMinute < DIVIDED_BUDGET_MIN) return 0;
  if (perMinute < BUDGET_FOR_ALL_MIN && rankOf(severity) > rankOf('high')) return 0;
  return Math.max(1, Math.floor(perMinute * shares[severity]));
}
