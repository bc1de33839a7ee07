/**
 * What rules lost lately: groups dropped and events cut for want of room, matches that came too late or from the future. Kept
 * for as long as it can show in a result, also across a restart.
 */
import type { LossRow } from '../detect/notes.ts';
import type { RuleReport } from '../detect/rule-run.ts';
import type { Missed } from '../match/matcher.ts';

/** A loss is told for an hour at least, so that somebody sees it, and for as long as the rule looks back. */
export const lossKeptMs = 3_600_000;

export interface Losses {
  /** Matches of a batch that count for no window. */
  missed(missed: readonly Missed[], nowMs: number): void;
  /** What the detector counts by itself, since its start. */
  counted(reports: readonly RuleReport[], nowMs: number): void;
  /** Those that still matter; the others are forgotten. `lookMs`: how far a rule looks back, undefined where it is gone. */
  current(nowMs: number, lookMs: (rule: string) => number | undefined): readonly LossRow[];
}

interface Counted {
  readonly droppedGroups: number;
  readonly tooLate: number;
  readonly cut: number;
}

/** `kept`: what the process before this one had. */
export function createLosses(kept: readonly LossRow[]): Losses {
  const rows = new Map(kept.map((row) => [keyOf(row), row]));
  const before = new Map<string, Counted>();

  const add = (rule: string, kind: LossRow['kind'], count: number, nowMs: number): void => {
    if (count <= 0) return;
    const key = keyOf({ rule, kind });
    const known = rows.get(key);
    rows.set(key, {
      ...{ rule, kind, lastMs: nowMs },
      firstMs: known?.firstMs ?? nowMs,
      count: (known?.count ?? 0) + count,
    });
  };

  return {
    missed(missed, nowMs) {
      for (const { rule, reason, count } of missed)
        if (reason !== 'group_missing') add(rule, reason, count, nowMs);
    },
    counted(reports, nowMs) {
      for (const { rule, droppedGroups, tooLate, cut } of reports) {
        const last = before.get(rule);
        // A rule that began anew counts from 0 again.
        add(rule, 'groups_dropped', since(droppedGroups, last?.droppedGroups), nowMs);
        add(rule, 'too_late', since(tooLate, last?.tooLate), nowMs);
        add(rule, 'events_cut', since(cut, last?.cut), nowMs);
        before.set(rule, { droppedGroups, tooLate, cut });
      }
    },
    current(nowMs, lookMs) {
      for (const [key, row] of rows) {
        const look = lookMs(row.rule);
        if (look === undefined || nowMs >= row.lastMs + Math.max(look, lossKeptMs)) rows.delete(key);
      }
      return [...rows.values()];
    },
  };
}

const keyOf = ({ rule, kind }: Pick<LossRow, 'rule' | 'kind'>): string => `${kind} ${rule}`;

const since = (count: number, before = 0): number => (count >= before ? count - before : count);
