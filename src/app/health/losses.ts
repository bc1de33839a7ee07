/**
 * Remembers recent losses by counter and labels. It looks at every count that a step reports, so that no counter of loss can be forgotten.
 * A loss is remembered for as long as it can affect a result, also across a restart.
 */
import type { LossRow } from '../../detect/store/notes.ts';
import type { RuleReport } from '../../detect/rule-report.ts';
import type { CounterName, Labels, Telemetry } from '../../event/telemetry.ts';
import type { ReadingFault } from '../../ingest/decode/faults/fault.ts';
import { lossKindOf, totals, type LossKind } from './loss-kinds.ts';

/** A loss that still matters. */
export interface Loss extends LossRow {
  readonly kind: LossKind;
  /** The share of the last `spanMs`, where the kind of loss needs one. */
  readonly lately?: Share;
  /** True where people are to be told. */
  readonly isTold: boolean;
  /** The cause for which lines of a source are misread, where it is known. */
  readonly fault?: ReadingFault;
}

interface Share {
  readonly count: number;
  readonly total: number;
  readonly spanMs: number;
}

export interface Losses {
  /** Returns the same telemetry, with its counters watched. */
  watching(telemetry: Telemetry): Telemetry;
  /** Returns the losses that still matter and forgets the others. `lookMs`: how far back a rule looks; undefined where the rule is gone. */
  current(nowMs: number, lookMs: (rule: string) => number | undefined): readonly Loss[];
}

const MINUTE_MS = 60_000;
/**
 * A share needs a total of at least this. It is taken over the shortest of the spans `SHARE_MINUTES` that has such a total, so that a slow
 * stream has a share as well.
 */
const SHARE_MIN = 100;
const SHARE_MINUTES = [5, 60, 1_440] as const;
/**
 * People are told of a share that is more than one in `TOLD_ABOVE`. It is over when the share is less than one in `OVER_BELOW`. So a share
 * that moves around the limit is told once.
 */
const TOLD_ABOVE = 2;
const OVER_BELOW = 4;
/**
 * People are told sooner where it is so in the last two half minutes and in the present one: of nearly all lines, or of more than half of
 * `SHARE_MIN`. A burst of a moment, such as a long stack trace, lies in two of them at the most.
 */
const HALF_MS = 30_000;
const HALVES = [2, 1, 0] as const;
const HALF_MIN = 3;
const SOON_MIN = 10;
const NEARLY_ALL = 0.9;

/** Creates the memory of losses. `kept`: the losses that the process before this one remembered. */
export function createLosses(kept: readonly LossRow[], clock: () => number): Losses {
  const rows = new Map(
    kept.flatMap((row) => (lossKindOf(row.counter) === undefined ? [] : [[keyOf(row), row]])),
  );
  const byMinute = counted(MINUTE_MS, SHARE_MINUTES.at(-1)!);
  const byHalf = counted(HALF_MS, HALVES.length);

  const note = (counter: CounterName, labels: Labels, count: number): void => {
    const kind = lossKindOf(counter);
    if (kind === undefined && !totals.has(counter)) return;
    const nowMs = clock();
    const key = keyOf({ counter, labels });
    addTo(byMinute, key, count, nowMs);
    addTo(byHalf, key, count, nowMs);
    if (kind === undefined) return;
    const known = rows.get(key);
    rows.set(key, {
      counter,
      labels,
      lastMs: nowMs,
      firstMs: known?.firstMs ?? nowMs,
      isTold: known?.isTold ?? false,
      count: (known?.count ?? 0) + count,
    });
  };

  /** Returns the shares of a loss; undefined for one that is told by its count. */
  const sharesOf = (row: LossRow, { told }: LossKind, nowMs: number): Shares | undefined => {
    if (!('halfOf' in told)) return undefined;
    const { halfOf, reader, isBeside } = told;
    const [name, value] = Object.entries(row.labels)[0] ?? ['', ''];
    const total = keyOf({ counter: halfOf, labels: { [name]: value, ...(reader && { reader }) } });
    const share = (of: Counted, steps: number, toMs: number): Share => {
      const { stepMs } = of;
      const count = sumOf(of, keyOf(row), steps, toMs);
      const all = sumOf(of, total, steps, toMs);
      return { count, total: all + (isBeside === true ? count : 0), spanMs: steps * stepMs };
    };
    return {
      minutes: (minutes) => share(byMinute, minutes, nowMs),
      half: (back) => share(byHalf, 1, nowMs - back * HALF_MS),
    };
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
        const shares = sharesOf(row, kind, nowMs);
        const { isTold, lately } = shares === undefined ? byCount(row, kind) : byShare(row, shares);
        if (isTold !== row.isTold) rows.set(key, { ...row, isTold });
        return [{ ...row, kind, ...(lately && { lately }), isTold }];
      });
    },
  };
}

interface Shares {
  /** The share of the last minutes, with the present one. */
  readonly minutes: (minutes: number) => Share;
  /** The share of the half minute so many before the present one. */
  readonly half: (back: number) => Share;
}

type Judged = Pick<Loss, 'isTold' | 'lately'>;

const byCount = ({ count }: LossRow, { told }: LossKind): Judged => ({
  isTold: 'atLeast' in told && count >= told.atLeast,
});

function byShare({ isTold: was = false }: LossRow, shares: Shares): Judged {
  const spans = SHARE_MINUTES.map(shares.minutes);
  const lately = spans.find(({ total }) => total >= SHARE_MIN) ?? spans.at(-1)!;
  const halves = HALVES.map(shares.half);
  const soon = soonShare(halves);
  if (soon !== undefined) return { isTold: true, lately: soon };
  // The total is too small for a decision: `isTold` stays as it was, also after a restart.
  if (lately.total < SHARE_MIN) return { isTold: was, lately };
  // The share of a longer span may still be small where people were told by the last half minutes.
  const isOn = was && halves.some((half) => isAbove(half, OVER_BELOW, HALF_MIN));
  return { isTold: isOn || isAbove(lately, was ? OVER_BELOW : TOLD_ABOVE, SHARE_MIN), lately };
}

/** Returns the share of the last half minutes, where it is enough to tell people at once. */
function soonShare(halves: readonly Share[]): Share | undefined {
  const isSteady = halves.every((half, i) =>
    isAbove(half, TOLD_ABOVE, i === HALVES.length - 1 ? 1 : HALF_MIN),
  );
  if (!isSteady) return undefined;
  const sum = (of: 'count' | 'total' | 'spanMs'): number => halves.reduce((all, half) => all + half[of], 0);
  const share = { count: sum('count'), total: sum('total'), spanMs: sum('spanMs') };
  const isEnough = share.total >= SHARE_MIN || share.count > NEARLY_ALL * share.total;
  return isEnough && share.total >= SOON_MIN ? share : undefined;
}

/** True where more than one in `one` of at least `min` are lost. */
const isAbove = ({ count, total }: Share, one: number, min: number): boolean =>
  total >= min && count * one > total;

/** Counts by steps of time since epoch, for the last `kept` steps, by counter and labels. */
interface Counted {
  readonly stepMs: number;
  readonly kept: number;
  readonly counts: Map<string, Map<number, number>>;
}

const counted = (stepMs: number, kept: number): Counted => ({ stepMs, kept, counts: new Map() });

function addTo({ stepMs, kept, counts }: Counted, key: string, count: number, nowMs: number): void {
  const steps = counts.get(key) ?? new Map<number, number>();
  counts.set(key, steps);
  const step = Math.floor(nowMs / stepMs);
  steps.set(step, (steps.get(step) ?? 0) + count);
  if (steps.size > kept + 1)
    for (const old of steps.keys()) if (old <= step - kept || old > step) steps.delete(old);
}

/** Returns the sum over the last `steps`, with the one of `toMs`. */
function sumOf({ stepMs, counts }: Counted, key: string, steps: number, toMs: number): number {
  const to = Math.floor(toMs / stepMs);
  let sum = 0;
  for (const [step, count] of counts.get(key) ?? []) if (step > to - steps && step <= to) sum += count;
  return sum;
}

const keyOf = ({ counter, labels }: Pick<LossRow, 'counter' | 'labels'>): string =>
  `${counter} ${Object.values(labels).join(' ')}`;

/** Returns a function that counts losses which the detector only reports: the difference to the report before. */
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

/** Number of alerts that late matches would have caused, or would have kept from being told. */
const wrongOf = ({ late }: RuleReport): number => (late?.missed ?? 0) + (late?.untrue ?? 0);

/** The count of a rule that began anew starts from 0 again. */
const since = (count: number, before = 0): number => (count >= before ? count - before : count);
