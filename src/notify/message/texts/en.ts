/** The English texts of messages. */
import type { ResolveReason } from '../../../event/alert.ts';
import { englishDoubts } from '../doubt.ts';
import { figures, type FigureWords } from './figures.ts';
import { byForm, type Facts, type TextsByForm } from './facts.ts';
import type { Texts } from './texts.ts';

const lines = (count: string): string => `${count} matching log ${count === '1' ? 'line' : 'lines'}`;
const times = (count: string): string => (count === '1' ? '' : `, ${count} times`);
const forGroup = (facts: Facts): string => (facts.group === undefined ? '' : ` for ${facts.group}`);
const ofGroup = (facts: Facts): string => (facts.group === undefined ? '' : ` (${facts.group})`);
const within = (facts: Facts): string => facts.window ?? '';
const named = (condition: string): string => `“${condition}”`;
const inTurn = (steps: readonly string[]): string => steps.map(named).join(', then ');
const together = (steps: readonly string[]): string => steps.map(named).join(' and ');

const words: FigureWords = {
  measure: {
    distinct: (field) => `different values of ${field}`,
    sum: (field) => `sum of ${field}`,
    avg: (field) => `average ${field}`,
    min: (field) => `smallest ${field}`,
    max: (field) => `largest ${field}`,
    p50: (field) => `median of ${field}`,
    p90: (field) => `90th percentile of ${field}`,
    p95: (field) => `95th percentile of ${field}`,
    p99: (field) => `99th percentile of ${field}`,
  },
  lines: 'log lines',
  named,
  limit: {
    '>': (to) => `above ${to}`,
    '>=': (to) => `at least ${to}`,
    '<': (to) => `below ${to}`,
    '<=': (to) => `at most ${to}`,
    '==': (to) => `exactly ${to}`,
  },
  baseline: (factor, over) => `${factor} times the average of the ${over} before`,
  namely: (value, what) => `${value}, that is ${what}`,
  duration,
  comma: ', ',
  reached: (what, value, limit) => `${what} = ${value} (limit: ${limit})`,
  unmeasured: (what, limit) => `${what} ${limit}`,
};
const firedUnknown = (facts: Facts): string =>
  `What this rule watches for has happened${forGroup(facts)}, at ${facts.firedAt}.`;

const lasted = (facts: Facts): string => ` It lasted ${facts.lasted}.`;
const quietAgain = (facts: Facts): string =>
  `Quiet again, resolved at ${facts.resolvedAt}${forGroup(facts)}.${lasted(facts)}`;
const notAgain = (form: { readonly until?: string }, facts: Facts): string =>
  `Closed at ${facts.resolvedAt}${forGroup(facts)}: it has not come again${form.until === undefined ? '' : `, but no ${named(form.until)} came either; it may not be fixed`}.`;

const healedAt = (facts: Facts): string => `Healed at ${facts.resolvedAt}${forGroup(facts)}.${lasted(facts)}`;
const untilCame = (form: { readonly until?: string }, facts: Facts): string =>
  form.until === undefined
    ? healedAt(facts)
    : `${named(form.until)} came at ${facts.resolvedAt}${forGroup(facts)}.${lasted(facts)}`;

const forms: TextsByForm = {
  counted: {
    fired: (_form, facts) =>
      `${lines(facts.count)} within ${within(facts)}${forGroup(facts)}, the first at ${facts.firstAt}.`,
    figures: (form, facts) => `${facts.count} in ${within(facts)} (limit ${form.limit})`,
    quiet: (_form, facts) =>
      `Quiet again, resolved at ${facts.resolvedAt}${forGroup(facts)}. It lasted ${facts.lasted}; ${lines(facts.count)} at the most.`,
    healed: (_form, facts) => healedAt(facts),
  },
  compared: {
    fired: (form, facts) => `Within ${within(facts)}${forGroup(facts)}: ${figures(form.comparisons, words)}.`,
    figures: (form, facts) => `in ${within(facts)}: ${figures(form.comparisons, words)}`,
    quiet: (_form, facts) =>
      `Back within the limits, resolved at ${facts.resolvedAt}${forGroup(facts)}.${lasted(facts)}`,
    healed: (_form, facts) => healedAt(facts),
  },
  not_followed_by: {
    fired: (form, facts) =>
      `${named(form.first)} at ${facts.firstAt}, and no ${named(form.then)} within ${within(facts)}${times(facts.count)}${ofGroup(facts)}.`,
    figures: (form, facts) =>
      `no ${named(form.then)} within ${within(facts)} after ${named(form.first)}${times(facts.count)}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (form, facts) =>
      `${named(form.then)} came after all, at ${facts.resolvedAt}, ${facts.took} after ${named(form.first)}${ofGroup(facts)}.`,
  },
  then: {
    fired: (form, facts) =>
      `${inTurn(form.steps)} within ${within(facts)}${forGroup(facts)}: from ${facts.firstAt} to ${facts.firedAt}.`,
    figures: (form, facts) => `${inTurn(form.steps)} within ${within(facts)}`,
    quiet: notAgain,
    healed: untilCame,
  },
  all_of: {
    fired: (form, facts) =>
      `${together(form.steps)} within ${within(facts)}${forGroup(facts)}: the first at ${facts.firstAt}, the last at ${facts.firedAt}.`,
    figures: (form, facts) => `${together(form.steps)} within ${within(facts)}`,
    quiet: notAgain,
    healed: untilCame,
  },
  stays: {
    fired: (form, facts) =>
      `${form.field} has been ${form.value} for ${within(facts)}, since ${facts.firstAt}${ofGroup(facts)}.`,
    figures: (form, facts) => `${form.field} = ${form.value} for ${within(facts)}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (form, facts) =>
      `${form.field} is no longer ${form.value} since ${facts.resolvedAt}; it was for ${facts.took}${ofGroup(facts)}.`,
  },
  changes: {
    fired: (form, facts) =>
      `${form.field} went from ${form.from ?? 'another value'} to ${form.to ?? 'another'} at ${facts.firedAt}${ofGroup(facts)}.`,
    figures: (form) => `${form.field}: ${form.from ?? '?'} → ${form.to ?? '?'}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (_form, facts) => healedAt(facts),
  },
  new: {
    fired: (form, facts) =>
      `New ${form.field}${form.value === undefined ? '' : ` ${form.value}`} at ${facts.firedAt}: not seen in the ${within(facts)} before${ofGroup(facts)}.`,
    figures: (form) => `new ${form.field}${form.value === undefined ? '' : `: ${form.value}`}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (_form, facts) => healedAt(facts),
  },
  nothing: {
    fired: (form, facts) =>
      `No log line with ${form.what} for ${within(facts)}, since ${facts.firstAt}${ofGroup(facts)}.`,
    figures: (form, facts) => `no ${form.what} for ${within(facts)}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (_form, facts) =>
      `Heard again at ${facts.resolvedAt}, after ${facts.took} of silence${ofGroup(facts)}.`,
  },
};

const UNFIXED = 'it may not be fixed.';
const ended: Readonly<Record<ResolveReason, (facts: Facts) => string>> = {
  quiet: (facts) => byForm(forms, 'quiet', facts, quietAgain),
  healed: (facts) => byForm(forms, 'healed', facts, healedAt),
  expired: (facts) =>
    `Closed at ${facts.resolvedAt}${forGroup(facts)} because nothing more was heard of it; ${UNFIXED}`,
  retired: (facts) =>
    `Closed at ${facts.resolvedAt}${forGroup(facts)}: not seen for long, so no longer watched.`,
  dropped: (facts) => `Closed${forGroup(facts)} because the rule follows too many groups; ${UNFIXED}`,
  replaced: (facts) =>
    `Closed${forGroup(facts)} because the rule, or how its sources are read, was changed. The fault may go on: the rule begins anew and tells of it only when new log lines show it.`,
  removed: (facts) =>
    `Closed${forGroup(facts)} because the rule was removed. The fault may go on; this rule no longer watches for it.`,
};

export const english: Texts = {
  severity: { critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low', info: 'Info' },
  state: {
    fired: 'Firing',
    resolved: 'Resolved',
    closed: 'Closed',
    amended: 'Corrected',
    withdrawn: 'Withdrawn',
  },
  fired: (facts) => byForm(forms, 'fired', facts, firedUnknown),
  resolved: (facts, reason) => ended[reason](facts),
  amended: (facts) => `Correction of the message before. ${byForm(forms, 'fired', facts, firedUnknown)}`,
  withdrawn: (facts) =>
    `Withdrawn: the alert${forGroup(facts)} does not hold. Nothing needs to be done for it.`,
  because(correction, time) {
    switch (correction.kind) {
      case 'moved':
        return `Log lines that came late moved it from ${time(correction.fromMs)} to ${time(correction.toMs)}.`;
      case 'more_events':
        return 'Log lines that came late belong to it as well.';
      case 'not_fired':
        return 'Log lines that came late changed the result: it did not fire.';
    }
  },
  whyNow: (facts) =>
    [
      byForm(forms, 'figures', facts, () => lines(facts.count)),
      ...(facts.group === undefined ? [] : [facts.group]),
      ...(facts.suppressed > 0 ? [`${facts.suppressed} earlier firing(s) held back by the cooldown`] : []),
    ].join(' · '),
  duration,
  lineGone: (place) => `(its text is no longer at hand: ${place})`,
  noValue: (name) => `(no ${name})`,
  doubt: (doubts, time) =>
    `May be wrong, or not all of it: ${doubts
      .map(
        ({ reason, sinceMs }) =>
          englishDoubts[reason] + (sinceMs === undefined ? '' : ` (since ${time(sinceMs)})`),
      )
      .join('; ')}. More: tocsin alerts`,
  possibleDuplicate:
    'Possible duplicate: an earlier attempt to send this message may have arrived without our hearing of it.',
  labels: {
    colon: ': ',
    rule: 'Rule',
    why: 'Why now',
    whyThen: 'Why it fired',
    because: 'Reason',
    since: 'Since',
    owner: 'Owner',
    group: 'Group',
    condition: 'Condition',
    samples: 'Log lines',
    steps: 'What to do',
    runbook: 'Runbook',
    kibana: 'Open in Kibana',
    kibanaWider: 'Open in Kibana (without some of the values)',
    alert: 'Alert',
    severity: 'Severity',
    values: 'Not filled in above, because these are not safe inside a command or have no value',
    moreInRunbook: 'More steps in the runbook',
    shortened: (alertId) => `Shortened to what fits here: see the runbook, or tocsin show ${alertId}`,
  },
  digestTitle: (count) => `${count} alert messages at once`,
  digestWhy: 'More messages came than this receiver takes, so these are listed together. None is left out.',
  digestPossibleDuplicate:
    'Possible duplicate: an earlier attempt to send some of these may have arrived without our hearing of it.',
};

function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  return twoLargest(ms, units, ' ');
}

/** Writes the two largest units that are not zero: `1 h 30 min`. */
export function twoLargest(ms: number, units: readonly (readonly [number, string])[], space: string): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [size, name] of units) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0 && parts.length < 2) parts.push(`${whole}${space}${name}`);
    else if (parts.length > 0) break;
  }
  return parts.join(' ');
}
