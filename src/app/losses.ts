/**
 * What was lost lately, by counter and labels: it looks at every count that a step reports, so that no counter of loss can be forgotten.
 * Remembered for as long as it can show in a result, also across a restart.
 */
import type { LossRow } from '../detect/notes.ts';
import type { RuleReport } from '../detect/rule-run.ts';
import type { CounterName, Labels, Telemetry } from '../event/telemetry.ts';
import { lossKindOf, totals, type LossKind } from './loss-kinds.ts';

/** A row that still matters. */
export interface Loss extends LossRow {
  readonly kind: LossKind;
  /** In the last minutes, where a share is asked for: so many of so many. */
  readonly lately?: { readonly count: number; readonly total: number };
  /** People are to be told. */
  readonly isTold: boolean;
}

export interface Losses {
  /** The same telemetry, looked at. */
  watching(telemetry: Telemetry): Telemetry;
  /** Those that still matter; the others are forgotten. `lookMs`: how far a rule looks back, undefined where it is gone. */
  current(nowMs: number, lookMs: (rule: string) => number | undefined): readonly Loss[];
}

/** A share is taken over five minutes and of at least so many (semantics: Ground). */
const shareMinutes = 5;
const shareLeast = 100;
const minuteMs = 60_000;

/** `kept`: what the process before this one had. */
export function createLosses(kept: readonly LossRow[], clock: () => number): Losses {
  const rows = new Map(
    kept.flatMap((row) => (lossKindOf(row.counter) === undefined ? [] : [[keyOf(row), row]])),
  );
  const recent = new Map<string, Minutes>();

  const note = (counter: CounterName, labels: Labels, count: number): void => {
    const kind = lossKindOf(counter);
    if (kind === undefined && !totals.has(counter)) return;
    const nowMs = clock();
    const key = keyOf({ counter, labels });
    addTo(recent, key, count, nowMs);
    if (kind === undefined) return;
    const known = rows.get(key);
    rows.set(key, {
      ...{ counter, labels, lastMs: nowMs },
      firstMs: known?.firstMs ?? nowMs,
      count: (known?.count ?? 0) + count,
    });
  };

  const shareOf = (row: LossRow, { told }: LossKind, nowMs: number): Loss['lately'] => {
    if (!('mostOf' in told)) return undefined;
    const { mostOf, reader, isBeside } = told;
    const [name, value] = Object.entries(row.labels)[0] ?? ['', ''];
    const total = keyOf({ counter: mostOf, labels: { [name]: value, ...(reader && { reader }) } });
    const count = sumOf(recent.get(keyOf(row)), nowMs);
    return { count, total: sumOf(recent.get(total), nowMs) + (isBeside ? count : 0) };
  };

  return {
    watching: (telemetry) => ({
      ...telemetry,
      count(name, labels, by = 1) {
        telemetry.count(name, labels, by);
        if (by > 0) note(name, labels, by);
      },
    }),
    current(nowMs, lookMs) {
      return [...rows].flatMap(([key, row]) => {
        const kind = lossKindOf(row.counter)!;
        const look = kind.of === 'rule' ? lookMs(String(row.labels['rule'])) : 0;
        if (look === undefined || nowMs >= row.lastMs + Math.max(look, kind.keptMs)) {
          rows.delete(key);
          return [];
        }
        const lately = shareOf(row, kind, nowMs);
        return [{ ...row, kind, ...(lately && { lately }), isTold: isTold(row, kind, lately) }];
      });
    },
  };
}

function isTold({ count }: LossRow, { told }: LossKind, lately: Loss['lately']): boolean {
  if ('atLeast' in told) return count >= told.atLeast;
  return lately !== undefined && lately.total >= shareLeast && lately.count * 2 > lately.total;
}

/** Counts by the minute, the latest only. */
type Minutes = Map<number, number>;

function addTo(recent: Map<string, Minutes>, key: string, count: number, nowMs: number): void {
  const minutes = recent.get(key) ?? new Map<number, number>();
  recent.set(key, minutes);
  const minute = Math.floor(nowMs / minuteMs);
  minutes.set(minute, (minutes.get(minute) ?? 0) + count);
  if (minutes.size > shareMinutes + 1)
    for (const old of minutes.keys()) if (old <= minute - shareMinutes || old > minute) minutes.delete(old);
}

function sumOf(minutes: Minutes | undefined, nowMs: number): number {
  const now = Math.floor(nowMs / minuteMs);
  let sum = 0;
  for (const [minute, count] of minutes ?? []) if (minute > now - shareMinutes && minute <= now) sum += count;
  return sum;
}

const keyOf = ({ counter, labels }: Pick<LossRow, 'counter' | 'labels'>): string =>
  `${counter} ${Object.values(labels).join(' ')}`;

/** Counts what the detector only reports: what was added since the last look. */
export function reportCounts(telemetry: Telemetry): (reports: readonly RuleReport[]) => void {
  const before = new Map<string, RuleReport>();
  const count = (name: CounterName, rule: string, by: number): void => {
    if (by > 0) telemetry.count(name, { rule }, by);
  };
  return (reports) => {
    for (const report of reports) {
      const { rule, droppedGroups, tooLate, cut } = report;
      const last = before.get(rule);
      count('groups_dropped', rule, since(droppedGroups, last?.droppedGroups));
      count('matches_too_late', rule, since(tooLate, last?.tooLate));
      count('alerts_missed', rule, since(wrongOf(report), last && wrongOf(last)));
      count('matches_cut', rule, since(cut, last?.cut));
      before.set(rule, report);
    }
  };
}

/** Alerts that late matches would have made, or would have kept from being told. */
const wrongOf = ({ late }: RuleReport): number => (late?.missed ?? 0) + (late?.untrue ?? 0);

/** A rule that began anew counts from 0 again. */
const since = (count: number, before = 0): number => (count >= before ? count - before : count);
