/** Formats the part below the list of `tocsin alerts`: rules that are not evaluated completely, and rules that were changed lately. */
import type { HealthReport } from '../app/health/report.ts';
import { joined, shown, type Paint, type Shown } from '../event/shown.ts';

/** Returns the lines of `alerts --json` that are no alerts. Each has one key, `incomplete` or `changed`. */
export function healthLines({ incomplete, changed }: HealthReport): readonly object[] {
  return [
    ...incomplete.map(({ rule, of, reason, sinceMs, untilMs, detail, fix }) => ({
      incomplete: {
        ...(rule !== undefined && { rule }),
        ...(of !== undefined && { of }),
        reason,
        ...(sinceMs !== undefined && { since: iso(sinceMs) }),
        ...(untilMs !== undefined && { until: iso(untilMs) }),
        detail,
        ...(fix !== undefined && { fix }),
      },
    })),
    ...changed.map(({ rule, change, changedAtMs }) => ({ changed: { rule, change, at: iso(changedAtMs) } })),
  ];
}

const changes = {
  new: 'new',
  began_anew: 'its meaning changed: it began anew',
  kept_windows: 'its meaning is the same: it kept its windows',
} as const;

/** Formats the report for people; empty where there is nothing to say. */
export function healthText(
  { incomplete, changed }: HealthReport,
  paint: Paint,
  time: (ms: number) => string,
): Shown {
  // A silent source has the same row for many rules: they are shown together.
  const alike = Map.groupBy(incomplete, (row) => JSON.stringify({ ...row, rule: undefined }));
  const rows = [...alike.values()].map((same) => {
    const { reason, sinceMs, untilMs, detail, fix } = same[0]!;
    const times = [
      ...(sinceMs === undefined ? [] : [`since ${time(sinceMs)}`]),
      ...(untilMs === undefined ? [] : [`until ${time(untilMs)}`]),
    ];
    const mend = fix === undefined ? '' : shown`    fix: ${fix}\n`;
    const rules = same.map(({ rule, of }) => rule ?? of ?? 'every rule').join(', ');
    return shown`  ${joined([paint.bold(rules), paint.yellow(reason), ...times, detail], shown`  `)}\n${mend}`;
  });
  const edits = changed.map(
    ({ rule, change, changedAtMs }) =>
      shown`  ${paint.bold(rule)}  ${time(changedAtMs)}  ${changes[change]}\n`,
  );
  return joined(
    [
      ...(rows.length === 0 ? [] : [shown`not evaluated completely:\n`, ...rows]),
      ...(edits.length === 0 ? [] : [shown`changed in the last 24 h:\n`, ...edits]),
    ],
    shown``,
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();
