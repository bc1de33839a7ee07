/** The English texts of messages. */
import type { ResolveReason } from '../../event/alert.ts';
import type { Facts, Texts } from './texts.ts';

const ended: Readonly<Record<ResolveReason, (facts: Facts) => string>> = {
  quiet: (facts) => `Quiet again since ${facts.resolvedAt}`,
  healed: (facts) => `Healed at ${facts.resolvedAt}`,
  expired: (facts) =>
    `Closed at ${facts.resolvedAt} because nothing more was heard of it; it may not be fixed`,
  retired: (facts) => `Closed at ${facts.resolvedAt}: this group has not been seen for long`,
  dropped: () => 'Closed because the rule follows too many groups; it may not be fixed',
  replaced: () => 'Closed because the rule was changed; it may not be fixed',
  removed: () => 'Closed because the rule was removed; it may not be fixed',
};

const lines = (count: string): string => `${count} matching log ${count === '1' ? 'line' : 'lines'}`;
const forGroup = (facts: Facts): string => (facts.group === undefined ? '' : ` for ${facts.group}`);

export const english: Texts = {
  severity: { critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low', info: 'Info' },
  state: { fired: 'Firing', resolved: 'Resolved', amended: 'Corrected', withdrawn: 'Withdrawn' },
  fired: (facts) =>
    facts.window === undefined || facts.threshold === undefined
      ? `What this rule watches for has happened${forGroup(facts)}, at ${facts.firedAt}.`
      : `${lines(facts.count)} within ${facts.window}${forGroup(facts)}, the first at ${facts.firstAt}.`,
  resolved: (facts, reason) =>
    `${ended[reason](facts)}${forGroup(facts)}. It lasted ${facts.lasted}; ${lines(facts.count)} at the most.`,
  amended: (facts) => `Correction of the message before: ${lines(facts.count)}${forGroup(facts)}.`,
  withdrawn: (facts) =>
    `Withdrawn: the alert${forGroup(facts)} does not hold. Nothing needs to be done for it.`,
  whyNow: (facts) =>
    [
      facts.window === undefined || facts.threshold === undefined
        ? lines(facts.count)
        : `${facts.count} in ${facts.window} (limit ${facts.threshold})`,
      ...(facts.group === undefined ? [] : [facts.group]),
      ...(facts.suppressed > 0 ? [`${facts.suppressed} earlier firing(s) held back by the cooldown`] : []),
    ].join(' · '),
  duration(ms) {
    if (ms < 1_000) return `${ms} ms`;
    const units: readonly [number, string][] = [
      [86_400_000, 'd'],
      [3_600_000, 'h'],
      [60_000, 'min'],
      [1_000, 's'],
    ];
    return twoLargest(ms, units, ' ');
  },
  possibleDuplicate:
    'Possible duplicate: an earlier attempt to send this message may have arrived without our hearing of it.',
  labels: {
    colon: ': ',
    rule: 'Rule',
    why: 'Why now',
    because: 'Reason',
    since: 'Since',
    owner: 'Owner',
    group: 'Group',
    condition: 'Condition',
    samples: 'Log lines',
    steps: 'What to do',
    runbook: 'Runbook',
    kibana: 'Open in Kibana',
    alert: 'Alert',
    severity: 'Severity',
    values: 'Not filled in, because these values are not safe inside a command',
    moreInRunbook: 'More steps in the runbook',
  },
  digestTitle: (count) => `${count} alert messages at once`,
  digestWhy: 'More messages came than this receiver takes, so these are listed together. None is left out.',
};

/** `1 h 30 min`: the two largest units that are not zero. */
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
