/**
 * How many messages a receiver may still get within a minute. Every severity has slots of its own, so that a flood of others never
 * makes it wait: slots of what is more urgent stay free in case it comes, those of what is less urgent only while some of it waits.
 */
import type { Severity } from '../../event/alert.ts';
import { BY_URGENCY, rankOf } from './urgency.ts';

const MINUTE_MS = 60_000;

export interface Spent {
  readonly atMs: number;
  readonly severity: Severity;
}

export interface RateBudget {
  /** Slots left now for messages of a severity, while messages of `waiting` wait. */
  left(nowMs: number, severity: Severity, waiting: ReadonlySet<Severity>): number;
  /** When the next slot comes free for them. */
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
/** Below that there is too little to divide: messages only go in the order of their urgency. */
const DIVIDED_BUDGET_MIN = 4;
/** Below that only what is most urgent has slots of its own. */
const BUDGET_FOR_ALL_MIN = 8;

/** All times are of the steady clock. `spentBefore`: attempts already made, oldest first (before a restart). */
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
      // The fewer are still counted, the more is free: the smallest number that must be over is found by halving.
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
