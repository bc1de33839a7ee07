/**
 * What each counter means for people. A counter of work means nothing; one of something lost, late, dropped, unreadable or refused has a
 * reason on /readyz and in `tocsin alerts`, and a rule of Tocsin's own that tells people. The table is total: a new counter does not
 * compile before it has its place here.
 */
import type { CounterName } from '../../event/telemetry.ts';
import type { SelfRuleName } from '../../notify/message/self/rules.ts';

/** When people are told by a message. */
type Told =
  /** From so many on, since the first that is still remembered. */
  | { readonly atLeast: number }
  /** Where more than half of what `mostOf` counts (with the same first label) is lost, see losses.ts. */
  | {
      readonly mostOf: CounterName;
      readonly reader?: 'alert' | 'archive';
      /** `mostOf` does not count what is lost. */
      readonly isBeside?: true;
    };

export interface LossKind {
  /** Its name on /readyz, in `tocsin alerts` and in docs/operating.md. */
  readonly reason: LossReason;
  /** What the first label names. `rule` and `source`: results of rules are wrong by it; the others harm no rule. */
  readonly of: 'rule' | 'source' | 'archive' | 'channel' | 'process';
  readonly told: Told;
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
export const lossKeptMs = 3_600_000;
/** What is gone for good is to be seen in the morning, too. */
const goneKeptMs = 86_400_000;
/** A few stragglers are no news; so many matching lines in no window are. */
const stragglers = 20;

const work = 'work';

const ofLines = (reason: LossReason, reader: 'alert' | 'archive' = 'alert'): LossKind => ({
  ...{ reason, of: 'source', selfRule: 'tocsin_source_misread', keptMs: lossKeptMs },
  told: { mostOf: 'events_in', reader },
});
const ofMatches = (reason: LossReason, told: Told): LossKind => ({
  ...{ reason, of: 'rule', selfRule: 'tocsin_matches_lost', keptMs: lossKeptMs, told },
});

export const lossKinds: Readonly<Record<CounterName, LossKind | typeof work>> = {
  events_in: work,
  events_matched: work,
  // Out of order and in time: they count.
  events_late: work,
  events_too_late: ofLines('lines_too_late'),
  events_future: ofLines('lines_future'),
  events_undecodable: ofLines('lines_undecodable'),
  // Often a few lines of many: those with the words that rules look for.
  events_not_utf8: { ...ofLines('lines_not_utf8'), told: { atLeast: stragglers } },
  events_time_inferred: ofLines('lines_untimed'),
  events_cut: {
    ...{ reason: 'lines_cut', of: 'source', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_lines_cut', keptMs: lossKeptMs },
  },
  values_unfit: ofLines('values_unfit', 'archive'),
  group_missing: ofMatches('group_missing', { mostOf: 'events_matched', isBeside: true }),
  matches_too_late: ofMatches('too_late', { atLeast: stragglers }),
  matches_future: ofMatches('future', { atLeast: stragglers }),
  alerts_missed: ofMatches('alert_missed', { atLeast: 1 }),
  matches_cut: ofMatches('events_cut', { atLeast: 1 }),
  groups_dropped: {
    ...{ reason: 'groups_dropped', of: 'rule', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_groups_dropped', keptMs: lossKeptMs },
  },
  lines_lost: {
    ...{ reason: 'lines_lost', of: 'source', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_lines_lost', keptMs: goneKeptMs },
  },
  // Of one now and then nobody need hear: what a program deletes it has often ended.
  files_gone: { ...ofLines('files_gone'), told: { atLeast: stragglers }, keptMs: goneKeptMs },
  lines_torn: { ...ofLines('lines_torn'), told: { atLeast: stragglers } },
  transactions_hanging: {
    ...{ reason: 'transaction_hanging', of: 'source', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_transaction_hanging', keptMs: lossKeptMs },
  },
  state_lost: {
    ...{ reason: 'state_older', of: 'process', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_state_older', keptMs: lossKeptMs },
  },
  archive_written: work,
  // What is tried again is not lost; that it lasts is told as an archive that is behind.
  archive_retries: work,
  dead_letters: {
    ...{ reason: 'dead_letters', of: 'archive', told: { atLeast: 10 } },
    ...{ selfRule: 'tocsin_dead_letters', keptMs: lossKeptMs },
  },
  defects: {
    ...{ reason: 'defects', of: 'process', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_part_failing', keptMs: lossKeptMs },
  },
  // Told as what happened to the process.
  clock_jumps: work,
  // A message that is given up is told as a receiver that fails.
  deliveries: work,
  template_failures: {
    ...{ reason: 'template_failures', of: 'channel', told: { atLeast: 1 } },
    ...{ selfRule: 'tocsin_template_failing', keptMs: lossKeptMs },
  },
};

/** Undefined for a counter of work. */
export function lossKindOf(counter: CounterName): LossKind | undefined {
  const kind = lossKinds[counter];
  return kind === work ? undefined : kind;
}

/** Counters of which a share is taken. */
export const totals: ReadonlySet<CounterName> = new Set(
  Object.values(lossKinds).flatMap((kind) =>
    kind !== work && 'mostOf' in kind.told ? [kind.told.mostOf] : [],
  ),
);
