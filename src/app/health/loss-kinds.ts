/**
 * Says what each counter means for people. A counter of work means nothing to them. A counter of something lost, late, dropped, unreadable
 * or refused has a reason on /readyz and in `tocsin alerts`, and a rule of Tocsin's own that tells people. The table is total: a new
 * counter does not compile before it has an entry here.
 */
import type { CounterName } from '../../event/telemetry.ts';
import type { SelfRuleName } from '../../notify/message/self/rules.ts';

/** The condition under which people get a message about a loss. */
type ToldWhen =
  /** The count since the first loss that is remembered reaches this number. */
  | { readonly atLeast: number }
  /** More than half of the things that `halfOf` counts, with the same first label, are lost (losses.ts). */
  | {
      readonly halfOf: CounterName;
      readonly reader?: 'alert' | 'archive';
      /** True where `halfOf` does not count the lost ones: they are added to the total. */
      readonly isBeside?: true;
    };

export interface LossKind {
  /** The name on /readyz, in `tocsin alerts` and in docs/operating.md. */
  readonly reason: LossReason;
  /**
   * The kind of thing that the first label names. With `rule` and `source` the loss makes results of rules wrong; the others harm no rule.
   */
  readonly of: 'rule' | 'source' | 'archive' | 'channel' | 'process';
  readonly told: ToldWhen;
  readonly selfRule: SelfRuleName;
  /** How long a loss is remembered after the last count, at least. */
  readonly keptMs: number;
}

export type LossReason =
  | 'lines_lost'
  | 'lines_cut'
  | 'lines_torn'
  | 'files_gone'
  | 'lines_too_late'
  | 'lines_future'
  | 'lines_undecodable'
  | 'lines_not_utf8'
  | 'lines_untimed'
  | 'lines_off_zone'
  | 'values_unfit'
  | 'alert_missed'
  | 'group_missing'
  | 'too_late'
  | 'future'
  | 'events_cut'
  | 'groups_dropped'
  | 'transaction_hanging'
  | 'dead_letters'
  | 'template_failures'
  | 'state_older'
  | 'defects';

/** Long enough that somebody sees it. */
export const LOSS_KEPT_MS = 3_600_000;
/** For losses that cannot be made good: they are still to be seen in the morning. */
const GONE_KEPT_MS = 86_400_000;
/** A few late lines are no news. This many matching lines that are in no window are. */
const STRAGGLERS = 20;

const WORK = 'work';

const ofLines = (reason: LossReason, reader: 'alert' | 'archive' = 'alert'): LossKind => ({
  reason,
  of: 'source',
  selfRule: 'tocsin_source_misread',
  keptMs: LOSS_KEPT_MS,
  told: { halfOf: 'events_in', reader },
});
const ofMatches = (reason: LossReason, told: ToldWhen): LossKind => ({
  reason,
  of: 'rule',
  selfRule: 'tocsin_matches_lost',
  keptMs: LOSS_KEPT_MS,
  told,
});

export const lossKinds: Readonly<Record<CounterName, LossKind | typeof WORK>> = {
  events_in: WORK,
  events_matched: WORK,
  // Events out of order but in time: they count.
  events_late: WORK,
  events_too_late: ofLines('lines_too_late'),
  events_future: ofLines('lines_future'),
  events_undecodable: ofLines('lines_undecodable'),
  // Often only a few of many lines are not UTF-8, but these have the words that rules look for.
  events_not_utf8: { ...ofLines('lines_not_utf8'), told: { atLeast: STRAGGLERS } },
  events_time_inferred: ofLines('lines_untimed'),
  // They are counted only where it has been so for a while.
  events_off_zone: { ...ofLines('lines_off_zone'), told: { atLeast: STRAGGLERS } },
  events_cut: {
    reason: 'lines_cut',
    of: 'source',
    told: { atLeast: 1 },
    selfRule: 'tocsin_lines_cut',
    keptMs: LOSS_KEPT_MS,
  },
  values_unfit: ofLines('values_unfit', 'archive'),
  group_missing: ofMatches('group_missing', { halfOf: 'events_matched', isBeside: true }),
  matches_too_late: ofMatches('too_late', { atLeast: STRAGGLERS }),
  matches_future: ofMatches('future', { atLeast: STRAGGLERS }),
  alerts_missed: ofMatches('alert_missed', { atLeast: 1 }),
  matches_cut: ofMatches('events_cut', { atLeast: 1 }),
  groups_dropped: {
    reason: 'groups_dropped',
    of: 'rule',
    told: { atLeast: 1 },
    selfRule: 'tocsin_groups_dropped',
    keptMs: LOSS_KEPT_MS,
  },
  lines_lost: {
    reason: 'lines_lost',
    of: 'source',
    told: { atLeast: 1 },
    selfRule: 'tocsin_lines_lost',
    keptMs: GONE_KEPT_MS,
  },
  // Nobody needs to hear of one file now and then: a program that deletes a file has often ended it before.
  files_gone: { ...ofLines('files_gone'), told: { atLeast: STRAGGLERS }, keptMs: GONE_KEPT_MS },
  lines_torn: { ...ofLines('lines_torn'), told: { atLeast: STRAGGLERS } },
  transactions_hanging: {
    reason: 'transaction_hanging',
    of: 'source',
    told: { atLeast: 1 },
    selfRule: 'tocsin_transaction_hanging',
    keptMs: LOSS_KEPT_MS,
  },
  state_lost: {
    reason: 'state_older',
    of: 'process',
    told: { atLeast: 1 },
    selfRule: 'tocsin_state_older',
    keptMs: LOSS_KEPT_MS,
  },
  archive_written: WORK,
  // A write that is tried again is not lost. Where that lasts, people are told that the archive is behind.
  archive_retries: WORK,
  dead_letters: {
    reason: 'dead_letters',
    of: 'archive',
    told: { atLeast: 10 },
    selfRule: 'tocsin_dead_letters',
    keptMs: LOSS_KEPT_MS,
  },
  defects: {
    reason: 'defects',
    of: 'process',
    told: { atLeast: 1 },
    selfRule: 'tocsin_part_failing',
    keptMs: LOSS_KEPT_MS,
  },
  // People are told of a clock jump as an event in the life of the process.
  clock_jumps: WORK,
  // People are told of a message that is given up as a receiver that fails.
  deliveries: WORK,
  template_failures: {
    reason: 'template_failures',
    of: 'channel',
    told: { atLeast: 1 },
    selfRule: 'tocsin_template_failing',
    keptMs: LOSS_KEPT_MS,
  },
};

/** Returns the kind of loss that a counter counts; undefined for a counter of work. */
export function lossKindOf(counter: CounterName): LossKind | undefined {
  const kind = lossKinds[counter];
  return kind === WORK ? undefined : kind;
}

/** The counters that shares of losses are taken of. */
export const totals: ReadonlySet<CounterName> = new Set(
  Object.values(lossKinds).flatMap((kind) =>
    kind !== WORK && 'halfOf' in kind.told ? [kind.told.halfOf] : [],
  ),
);
