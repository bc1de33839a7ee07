/**
 * What each counter means for people. A counter of work means nothing; one of something lost, late, dropped, unreadable or refused has a
 * reason on /readyz and in `tocsin alerts`, and a rule of Tocsin's own that tells people. The table is total: a new counter does not
 * compile before it has its place here.
 */
import type { CounterName } from '../../event/telemetry.ts';
import type { SelfRuleName } from '../../notify/message/self/rules.ts';

/** When people are told by a message. */
type ToldWhen =
  /** From so many on, since the first that is still remembered. */
  | { readonly atLeast: number }
  /** Where more than half of what `halfOf` counts (with the same first label) is lost, see losses.ts. */
  | {
      readonly halfOf: CounterName;
      readonly reader?: 'alert' | 'archive';
      /** `halfOf` does not count what is lost. */
      readonly isBeside?: true;
    };

export interface LossKind {
  /** Its name on /readyz, in `tocsin alerts` and in docs/operating.md. */
  readonly reason: LossReason;
  /** What the first label names. `rule` and `source`: results of rules are wrong by it; the others harm no rule. */
  readonly of: 'rule' | 'source' | 'archive' | 'channel' | 'process';
  readonly told: ToldWhen;
  readonly selfRule: SelfRuleName;
  /** How long it is remembered after the last one, at least. */
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

/** So long that somebody sees it. */
export const LOSS_KEPT_MS = 3_600_000;
/** What is gone for good is to be seen in the morning, too. */
const GONE_KEPT_MS = 86_400_000;
/** A few stragglers are no news; so many matching lines in no window are. */
const STRAGGLERS = 20;

const WORK = 'work';

const ofLines = (reason: LossReason, reader: 'alert' | 'archive' = 'alert'): LossKind => ({
  ...{ reason, of: 'source', selfRule: 'tocsin_source_misread', keptMs: LOSS_KEPT_MS },
  told: { halfOf: 'events_in', reader },
});
const ofMatches = (reason: LossReason, told: ToldWhen): LossKind => ({
  ...{ reason, of: 'rule', selfRule: 'tocsin_matches_lost', keptMs: LOSS_KEPT_MS, told },
});

export const lossKinds: Readonly<Record<CounterName, LossKind | typeof WORK>> = {
  events_in: WORK,
  events_matched: WORK,
  // Out of order and in time: they count.
  events_late: WORK,
  events_too_late: ofLines('lines_too_late'),
  events_future: ofLines('lines_future'),
  events_undecodable: ofLines('lines_undecodable'),
  // Often a few lines of many: those with the words that rules look for.
  events_not_utf8: { ...ofLines('lines_not_utf8'), told: { atLeast: STRAGGLERS } },
  events_time_inferred: ofLines('lines_untimed'),
  events_cut: {
    ...{ reason: 'lines_cut', of: 'source', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_lines_cut', keptMs: LOSS_KEPT_MS },
  },
  values_unfit: ofLines('values_unfit', 'archive'),
  group_missing: ofMatches('group_missing', { halfOf: 'events_matched', isBeside: true }),
  matches_too_late: ofMatches('too_late', { atLeast: STRAGGLERS }),
  matches_future: ofMatches('future', { atLeast: STRAGGLERS }),
  alerts_missed: ofMatches('alert_missed', { atLeast: 1 }),
  matches_cut: ofMatches('events_cut', { atLeast: 1 }),
  groups_dropped: {
    ...{ reason: 'groups_dropped', of: 'rule', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_groups_dropped', keptMs: LOSS_KEPT_MS },
  },
  lines_lost: {
    ...{ reason: 'lines_lost', of: 'source', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_lines_lost', keptMs: GONE_KEPT_MS },
  },
  // Of one now and then nobody need hear: what a program deletes it has often ended.
  files_gone: { ...ofLines('files_gone'), told: { atLeast: STRAGGLERS }, keptMs: GONE_KEPT_MS },
  lines_torn: { ...ofLines('lines_torn'), told: { atLeast: STRAGGLERS } },
  transactions_hanging: {
    ...{ reason: 'transaction_hanging', of: 'source', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_transaction_hanging', keptMs: LOSS_KEPT_MS },
  },
  state_lost: {
    ...{ reason: 'state_older', of: 'process', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_state_older', keptMs: LOSS_KEPT_MS },
  },
  archive_written: WORK,
  // What is tried again is not lost; that it lasts is told as an archive that is behind.
  archive_retries: WORK,
  dead_letters: {
    ...{ reason: 'dead_letters', of: 'archive', told: { atLeast: 10 } },
    ...{ selfRule: 'tocsin_dead_letters', keptMs: LOSS_KEPT_MS },
  },
  defects: {
    ...{ reason: 'defects', of: 'process', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_part_failing', keptMs: LOSS_KEPT_MS },
  },
  // Told as what happened to the process.
  clock_jumps: WORK,
  // A message that is given up is told as a receiver that fails.
  deliveries: WORK,
  template_failures: {
    ...{ reason: 'template_failures', of: 'channel', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_template_failing', keptMs: LOSS_KEPT_MS },
  },
};

/** Undefined for a counter of work. */
export function lossKindOf(counter: CounterName): LossKind | undefined {
  const kind = lossKinds[counter];
  return kind === WORK ? undefined : kind;
}

/** Counters of which a share is taken. */
export const totals: ReadonlySet<CounterName> = new Set(
  Object.values(lossKinds).flatMap((kind) =>
    kind !== WORK && 'halfOf' in kind.told ? [kind.told.halfOf] : [],
  ),
);
