/** Formats an episode in one line, for people. */
import { joined, shown, type Paint, type Shown } from '../event/shown.ts';
import { jsonText } from '../event/visible.ts';

export function episodeText(line: Readonly<Record<string, unknown>>, paint: Paint): Shown {
  const { rule, state, severity, group, firedAt, pendingAt, resolvedAt, reason, count, alertId } = line;
  const { withdrawn, sent } = line;
  const by = Object.entries((group ?? {}) as Record<string, unknown>).map(
    ([name, value]) => `${name}=${text(value)}`,
  );
  const end = resolvedAt === undefined ? [] : [`until ${text(resolvedAt)} (${text(reason)})`];
  const back = withdrawn === undefined ? [] : [`(${text(withdrawn)})`];
  const untold = sent === false ? ['(recorded, not sent)'] : [];
  const parts = [
    ...[text(firedAt ?? pendingAt), paint.bold(text(rule)), text(state), text(severity)],
    ...[`count ${text(count)}`, ...by, ...end, ...back, ...untold, paint.dim(text(alertId))],
  ];
  return shown`${joined(parts, shown`  `)}\n`;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : jsonText(value);
}
