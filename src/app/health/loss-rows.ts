/**
 * Turns losses into rows for `tocsin alerts` and /readyz. A row is about each rule whose results may be wrong because of the loss, or else
 * about the thing that the loss is about.
 */
import type { HealthRow } from '../../detect/store/notes.ts';
import { durationText } from '../../event/duration.ts';
import type { Rule } from '../../rule/ast.ts';
import type { LossReason } from './loss-kinds.ts';
import type { Loss } from './losses.ts';

type Words = (count: number, loss: Loss) => string;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const name = ({ labels }: Loss): string => String(Object.values(labels)[0]);
const linesOf = (count: number, loss: Loss): string => `${counted(count, 'line')} of ${name(loss)}`;

const likely = ({ labels: { looks_like: name } }: Loss): string =>
  name === undefined ? '' : `; they look like \`encoding: ${name}\``;

const words: Readonly<Record<LossReason, Words>> = {
  lines_lost: (count, loss) =>
    `at least ${linesOf(count, loss)} ${count === 1 ? 'was' : 'were'} gone before ${loss.labels['reader'] === 'archive' ? 'the archive' : 'alerting'} read them`,
  lines_cut: (count, loss) => `${linesOf(count, loss)} cut at the longest that a line may be`,
  lines_torn: (count, loss) => `${linesOf(count, loss)} came in two parts: each is a line of its own`,
  files_gone: (count, loss) =>
    `${counted(count, 'file')} of ${name(loss)} deleted unseen: what was written last may not have been read`,
  lines_too_late: (count, loss) => `${linesOf(count, loss)} came too late to count in a window`,
  lines_future: (count, loss) =>
    `${linesOf(count, loss)} more than 5 minutes ahead of the clock did not count`,
  lines_undecodable: (count, loss) => `${linesOf(count, loss)} could not be decoded: kept as text`,
  lines_not_utf8: (count, loss) =>
    `${linesOf(count, loss)} held bytes that are not of its encoding: their words do not match${likely(loss)}`,
  lines_untimed: (count, loss) => `${linesOf(count, loss)} had no usable time: it was inferred`,
  lines_off_zone: (count, loss) => `${linesOf(count, loss)} had times of another zone: too early`,
  values_unfit: (count, loss) =>
    `${counted(count, 'value')} of ${String(loss.labels['field'])} in ${name(loss)} ${count === 1 ? 'is' : 'are'} not of the field's type: no rule sees them`,
  group_missing: (count) => `${counted(count, 'matching event')} lacked a field of \`by\`: in no group`,
  alert_missed: (count) =>
    `${counted(count, 'alert')} ${count === 1 ? 'was' : 'were'} not told, or told wrongly, because matching events came too late`,
  too_late: (count) => `${counted(count, 'matching event')} came too late to count`,
  future: (count) =>
    `${counted(count, 'matching event')} more than 5 minutes ahead of the clock did not count`,
  events_cut: (count) => `${counted(count, 'event')} left the window early, because a group had too many`,
  groups_dropped: (count) =>
    `${counted(count, 'group')} dropped for want of room, with what was known of them`,
  transaction_hanging: (count, loss) =>
    `${counted(count, 'transaction')} of ${name(loss)} ${count === 1 ? 'was' : 'were'} waited for in vain: what stands behind may come too late`,
  dead_letters: (count, loss) =>
    `${counted(count, 'document')} refused for good (${name(loss)}): see \`tocsin dlq list\``,
  state_older: () =>
    'the state was found to know less than it had known: what is told again is marked as a possible duplicate',
  defects: (count, loss) =>
    `${counted(count, 'defect')} of Tocsin in its ${name(loss)}, which began again: the log has the stack`,
  template_failures: (count) => `${counted(count, 'message')} sent in the built-in form: the template failed`,
};

/** Returns the rows of losses that may make results of one rule wrong: its own losses, and those of the sources that it reads. */
export function lossRowsOf(
  rule: Pick<Rule, 'name' | 'from'>,
  lookMs: number,
  losses: readonly Loss[],
): readonly HealthRow[] {
  return losses.filter((loss) => harms(rule, loss)).map((loss) => rowOf(loss, lookMs));
}

/** Returns the rows of losses that are about no rule, or that have too few lines to cast doubt on the results of rules. */
export function otherLossRows(losses: readonly Loss[]): readonly HealthRow[] {
  return losses.filter((loss) => !isOfRules(loss)).map((loss) => ({ of: aboutOf(loss), ...rowOf(loss, 0) }));
}

function harms({ name: rule, from }: Pick<Rule, 'name' | 'from'>, loss: Loss): boolean {
  if (!isOfRules(loss)) return false;
  if (loss.kind.of === 'rule') return loss.labels['rule'] === rule;
  return from.length === 0 || from.includes(name(loss));
}

/**
 * True where the loss casts doubt on rules. A few lines of a source that could not be read well are told of the source only; where most of
 * its lines are lost, its rules are in doubt.
 */
function isOfRules(loss: Loss): boolean {
  if (loss.kind.of === 'rule') return true;
  return loss.kind.of === 'source' && loss.labels['reader'] !== 'archive' && loss.isTold;
}

function aboutOf(loss: Loss): string {
  const { of } = loss.kind;
  return of === 'archive' || of === 'process' ? of : `${of} ${name(loss)}`;
}

function rowOf(loss: Loss, lookMs: number): HealthRow {
  const { kind, firstMs, lastMs, count, lately, fault } = loss;
  const share =
    lately === undefined || lately.count === 0
      ? ''
      : ` (${lately.count} of ${lately.total} in the last ${durationText(lately.spanMs)})`;
  return {
    reason: kind.reason,
    sinceMs: firstMs,
    untilMs: lastMs + Math.max(lookMs, kind.keptMs),
    detail: words[kind.reason](count, loss) + share + (fault === undefined ? '' : `: ${fault.cause}`),
    ...(fault && { fix: fault.fix }),
  };
}
