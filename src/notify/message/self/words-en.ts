/** The English words of Tocsin's own rules. */
import type { SelfRuleName } from './rules.ts';
import type { SelfFacts, SelfWords } from './words.ts';

const over = ({ resolvedAt, lasted }: SelfFacts): string => `since ${resolvedAt}. It lasted ${lasted}.`;

function owedWords(facts: SelfFacts): string {
  const waiting = `${facts.number('waiting')} ${facts.isOne('waiting') ? 'waits' : 'wait'} for it, the oldest since ${facts.time('oldest')}`;
  const givenUp = `${facts.number('given_up')} ${facts.isOne('given_up') ? 'was' : 'were'} given up`;
  const parts = [...(facts.some('waiting') ? [waiting] : []), ...(facts.some('given_up') ? [givenUp] : [])];
  return parts.length === 0
    ? 'None waits for it yet; who relies on it alone would not be told.'
    : `${parts.join(', ')}: who relies on it alone has not been told.`;
}

const misreadWords: Readonly<Record<string, string>> = {
  lines_too_late: 'came too late to count in any window',
  lines_future: 'were more than 5 minutes ahead of the clock and count in no window',
  lines_undecodable: 'could not be decoded and are kept as text only',
  lines_not_utf8: 'held bytes that are not of its encoding, so that their words do not match',
  lines_torn: 'came in two parts, each of which counts as a line of its own',
  files_gone: 'were deleted while nobody read them: what was written to them last may be lost',
  lines_off_zone: 'had times that are too early by a time zone',
  lines_untimed: 'had no usable time, so theirs was inferred',
};
/** Returns why lines were misread. A wrong value is named by its field. A reason without words here must not lose the message. */
const misread = (facts: SelfFacts): string =>
  facts.has('field')
    ? `held a value of ${facts.text('field')} that is not of its type`
    : (misreadWords[facts.text('why')] ?? 'could not be read') +
      (facts.has('looks_like') ? ` (they look like \`encoding: ${facts.text('looks_like')}\`)` : '');

const misreadUnit = (facts: SelfFacts): string => (facts.text('why') === 'files_gone' ? 'files' : 'lines');
const misreadShare = (facts: SelfFacts): string =>
  facts.has('lately')
    ? `${facts.number('lately')} of the last ${facts.number('total')} lines`
    : `${facts.number('count')} ${misreadUnit(facts)}`;

/** Returns the cause, a line and the fix, where they are known. */
const misreadCause = (facts: SelfFacts): string =>
  (facts.has('cause') ? ` Cause: ${facts.text('cause')}.` : '') +
  (facts.has('example') ? ` A line: ${facts.text('example')}.` : '') +
  (facts.has('fix') ? ` Fix: ${facts.text('fix')}. \`tocsin check --sample\` shows whether it helps.` : '');

const matchLostWords: Readonly<Record<string, string>> = {
  too_late: 'later than the `lateness` of the source allows',
  future: 'more than 5 minutes ahead of the clock',
  events_cut: 'more in one group than a window holds',
  group_missing: 'without a field of `by`',
};
const matchLost = (facts: SelfFacts): string => matchLostWords[facts.text('why')] ?? 'left out';

const matchesLost = (facts: SelfFacts): string =>
  `Since ${facts.time('since')}, ${facts.number('count')} matching ${facts.isOne('count') ? 'line' : 'lines'} did not ` +
  `count for the rule ${facts.text('rule')}: ${matchLost(facts)}. Its alerts may be missing or wrong.`;

const alertMissed = (facts: SelfFacts): string =>
  `Since ${facts.time('since')}, ${facts.number('count')} ${facts.isOne('count') ? 'alert' : 'alerts'} of the rule ` +
  `${facts.text('rule')} ${facts.isOne('count') ? 'was' : 'were'} not told, or told wrongly, because matching lines came too late.` +
  (facts.has('lateness_ms')
    ? ` A lateness of ${facts.span('lateness_ms')} for their source would have kept them.`
    : '');

const olderWords: Readonly<Record<string, string>> = {
  put_back: 'A backup of the state was put back. What was read since is judged once more.',
  gone: 'The state was gone. Files are judged from their beginning, Kafka from the offsets of its group.',
  another: 'The state is another one than was here last. Judging goes on from where that one was.',
  entries: 'The latest entries of the state are missing. What was read since is judged once more.',
  windows:
    'The windows in the state are damaged. Every rule begins with empty ones, so alerts may be missing.',
  group:
    'The state knows nothing of lines that the Kafka group has read. Rules begin without them, so alerts may be missing.',
};
const older = (facts: SelfFacts): string =>
  olderWords[facts.text('kind')] ?? 'The state knows less than it had known.';

const partWords: Readonly<Record<string, string>> = {
  archiving: 'New lines may not be searchable; alerting goes on.',
  delivery: 'Messages may come late, or twice and marked.',
  probes: 'What /readyz says of receivers may be old.',
  pages: 'Some requests to /readyz, /metrics or /alerts fail.',
  figures: 'What /metrics and /readyz say may be old.',
  retention: 'Old alerts may be kept for longer than `alerts.retention`.',
};

export const englishClosed = (facts: SelfFacts): string =>
  `No longer watched since ${facts.resolvedAt}: the configuration or the rules were changed. The trouble may go on.`;

export const englishWords: Readonly<Record<SelfRuleName, SelfWords>> = {
  tocsin_source_silent: {
    fired: (facts) =>
      (facts.has('since')
        ? `Nothing has been read from the source ${facts.text('source')} since ${facts.time('since')}, for ${facts.span('silent_ms')}. `
        : `Nothing has ever been read from the source ${facts.text('source')}, in ${facts.span('silent_ms')} of listening. `) +
      'Whatever happens there, none of its rules sees it.',
    whyNow: (facts) =>
      `silent for ${facts.span('silent_ms')} (limit ${facts.span('limit_ms')}) · source = ${facts.text('source')}`,
    resolved: (facts) => `Lines come from the source ${facts.text('source')} again ${over(facts)}`,
  },
  tocsin_source_halted: {
    fired: (facts) =>
      `${facts.isOne('partitions') ? 'A part' : `${facts.number('partitions')} parts`} of the source ` +
      `${facts.text('source')} cannot be read, and no rule sees what comes there: ${facts.text('problem')}`,
    whyNow: (facts) => `${facts.number('partitions')} halted · source = ${facts.text('source')}`,
    resolved: (facts) => `Everything of the source ${facts.text('source')} is read again ${over(facts)}`,
  },
  tocsin_source_unreachable: {
    fired: (facts) =>
      `Nothing new can be read from the source ${facts.text('source')} since ${facts.beganAt}: ${facts.text('problem')}. ` +
      'It is tried again by itself; until then none of its rules sees what happens there.',
    whyNow: (facts) => `unreachable since ${facts.beganAt} · source = ${facts.text('source')}`,
    resolved: (facts) => `The source ${facts.text('source')} can be read again ${over(facts)}`,
  },
  tocsin_source_misread: {
    fired: (facts) =>
      `${misreadShare(facts)} of the source ${facts.text('source')} ${misread(facts)}. ` +
      `Rules that read it may be silent, or wrong.${misreadCause(facts)}`,
    whyNow: (facts) =>
      (facts.has('lately')
        ? `${facts.number('lately')} of ${facts.number('total')}${facts.has('span_ms') ? ` in ${facts.span('span_ms')}` : ''} (limit: half)`
        : `${facts.number('count')} ${misreadUnit(facts)}`) + ` · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `Lines of the source ${facts.text('source')} are read as they should be again, or come no more, ${over(facts)}`,
  },
  tocsin_time_held: {
    fired: (facts) =>
      `The source ${facts.text('source')} has lines that cannot be read yet: ${facts.text('problem')}. ` +
      `Since ${facts.beganAt} nothing later is judged, so that no deadline runs out wrongly: alerts come late.`,
    whyNow: (facts) => `waiting since ${facts.beganAt} · source = ${facts.text('source')}`,
    resolved: (facts) => `The source ${facts.text('source')} is judged up to now again ${over(facts)}`,
  },
  tocsin_transaction_hanging: {
    fired: (facts) =>
      `In the source ${facts.text('source')} ${facts.isOne('count') ? 'a transaction' : `${facts.number('count')} transactions`} stayed ` +
      `open for longer than Tocsin waits, noticed at ${facts.time('since')}. Judging goes on without the lines behind ` +
      `${facts.isOne('count') ? 'it' : 'them'}: once they can be read they may be too late, and alerts may be missing or wrong.`,
    whyNow: (facts) => `${facts.number('count')} waited for in vain · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `No transaction of the source ${facts.text('source')} was waited for in vain for an hour.`,
  },
  tocsin_lag: {
    fired: (facts) =>
      `Reading the source ${facts.text('source')} is ${facts.span('behind_ms')} behind: it has come to ` +
      `${facts.time('read_to')}, and more is unread. Alerts from it come that much late.`,
    whyNow: (facts) =>
      `${facts.span('behind_ms')} behind (limit ${facts.span('limit_ms')}) · source = ${facts.text('source')}`,
    resolved: (facts) => `The source ${facts.text('source')} is read up to now again ${over(facts)}`,
  },
  tocsin_lines_lost: {
    fired: (facts) =>
      `Lines of the source ${facts.text('source')} were gone before ` +
      (facts.text('reader') === 'archive'
        ? 'they were archived: they cannot be searched. '
        : 'any rule saw them: alerts may be missing or wrong. ') +
      `At least ${facts.number('count')} ${facts.isOne('count') ? 'is' : 'are'} lost, the first noticed at ${facts.time('since')}.`,
    whyNow: (facts) => `${facts.number('count')} lost · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `No line of the source ${facts.text('source')} was lost for a day; ${facts.number('count')} in all before that.`,
  },
  tocsin_lines_cut: {
    fired: (facts) =>
      `${facts.number('count')} ${facts.isOne('count') ? 'line' : 'lines'} of the source ${facts.text('source')} ` +
      `${facts.isOne('count') ? 'was' : 'were'} longer than 1 MiB and cut, the first at ${facts.time('since')}. ` +
      'No rule and no search sees what was cut off.',
    whyNow: (facts) => `${facts.number('count')} cut · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `No line of the source ${facts.text('source')} was cut for an hour; ${facts.number('count')} in all before that.`,
  },
  tocsin_matches_lost: {
    fired: (facts) => (facts.text('why') === 'alert_missed' ? alertMissed(facts) : matchesLost(facts)),
    whyNow: (facts) => `${facts.number('count')} not counted · rule = ${facts.text('rule')}`,
    resolved: (facts) =>
      `Matching lines of the rule ${facts.text('rule')} count again, or come no more; ${facts.number('count')} did not count before that.`,
  },
  tocsin_groups_dropped: {
    fired: (facts) =>
      `The rule ${facts.text('rule')} has dropped ${facts.number('dropped')} ` +
      `${facts.isOne('dropped') ? 'group' : 'groups'} since ${facts.time('since')}, because it may follow ` +
      `${facts.number('max_groups')} at most. What they had counted is gone: their alerts may not come.`,
    whyNow: (facts) =>
      `${facts.number('dropped')} dropped (max_groups ${facts.number('max_groups')}) · rule = ${facts.text('rule')}`,
    resolved: (facts) =>
      `The rule ${facts.text('rule')} has dropped no group for an hour; ${facts.number('dropped')} in all before that.`,
  },
  tocsin_rules_invalid: {
    fired: (facts) =>
      `The rules folder does not pass the checks, so no change in it is in force; the last good rules ` +
      `(${facts.number('running')}) run. The first finding: ${facts.text('problem')}`,
    whyNow: (facts) => `invalid since ${facts.beganAt}`,
    resolved: (facts) => `The rules folder is valid and in force again ${over(facts)}`,
  },
  tocsin_archive_behind: {
    fired: (facts) =>
      `New lines are not in the archive since ${facts.beganAt}: ${facts.has('problem') ? facts.text('problem') : 'it does not keep up'}. ` +
      'Alerting goes on; searching finds only what is older. Lines wait in their source, for as long as it keeps them.',
    whyNow: (facts) => `behind for ${facts.span('behind_ms')} (limit ${facts.span('limit_ms')})`,
    resolved: (facts) => `The archive has caught up ${over(facts)}`,
  },
  tocsin_dead_letters: {
    fired: (facts) =>
      `Since ${facts.time('since')} the archive has refused ${facts.number('count')} ` +
      `${facts.isOne('count') ? 'line' : 'lines'} for good (${facts.text('reason')}). They are kept in dead-letters.ndjson, and not searchable.`,
    whyNow: (facts) => `${facts.number('count')} refused · reason = ${facts.text('reason')}`,
    resolved: (facts) =>
      `The archive has refused no line for an hour (${facts.text('reason')}); ${facts.number('count')} in all before that.`,
  },
  tocsin_template_failing: {
    fired: (facts) =>
      `The template of ${facts.text('channel')} failed for ${facts.number('count')} ${facts.isOne('count') ? 'message' : 'messages'} ` +
      `since ${facts.time('since')}: they went out in the built-in form, complete, without its layout.`,
    whyNow: (facts) => `${facts.number('count')} in the built-in form · channel = ${facts.text('channel')}`,
    resolved: (facts) => `No template of ${facts.text('channel')} has failed for an hour.`,
  },
  tocsin_clock_jumped: {
    fired: (facts) =>
      `At ${facts.time('at')} the clock of this machine jumped ${facts.span('by_ms')} ${facts.text('direction') === 'back' ? 'back' : 'ahead'}. ` +
      'Alerting goes by the time that has really passed; times in log lines and messages of that time may be wrong by as much.',
    whyNow: (facts) => `${facts.span('by_ms')} ${facts.text('direction') === 'back' ? 'back' : 'ahead'}`,
    resolved: (facts) => `The clock has not jumped again since ${facts.time('at')}.`,
  },
  tocsin_state_unwritable: {
    fired: (facts) =>
      `From ${facts.time('since')} to ${facts.time('until')} the state could not be written (${facts.text('problem')}). ` +
      'Nothing was judged or sent meanwhile. It is caught up now: alerts of that time come late.',
    whyNow: (facts) => `unwritable for ${facts.span('lasted_ms')}`,
    resolved: (facts) => `The state could be written again from ${facts.time('until')} on.`,
  },
  tocsin_state_older: {
    fired: (facts) => `${older(facts)} Messages that may have been sent before say so.`,
    whyNow: (facts) => `noticed at ${facts.beganAt}`,
    resolved: (facts) => `No loss of the state was noticed again since ${facts.beganAt}.`,
  },
  tocsin_receiver_failing: {
    fired: (facts) =>
      `${facts.text('receiver')} takes no messages${facts.has('problem') ? ` (${facts.text('problem')})` : ''}. ` +
      owedWords(facts),
    whyNow: (facts) => `${facts.number('waiting')} undelivered · receiver = ${facts.text('receiver')}`,
    resolved: (facts) => `${facts.text('receiver')} takes messages again ${over(facts)}`,
  },
  tocsin_part_failing: {
    fired: (facts) =>
      `Since ${facts.time('since')}, ${facts.isOne('count') ? 'a defect has' : `${facts.number('count')} defects have`} ended a part of ` +
      `Tocsin (${facts.text('part')}), which began again by itself. ${partWords[facts.text('part')] ?? ''}`.trimEnd(),
    whyNow: (facts) => `${facts.number('count')} since ${facts.beganAt} · part = ${facts.text('part')}`,
    resolved: (facts) =>
      `This part of Tocsin (${facts.text('part')}) had no defect for an hour; ${facts.number('count')} in all before that.`,
  },
};
