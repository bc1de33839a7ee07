/** An episode on one line, for people. */
import type { Colors } from 'picocolors/types.js';

export function episodeText(line: Readonly<Record<string, unknown>>, color: Colors): string {
  const { rule, state, severity, group, firedAt, pendingAt, resolvedAt, reason, count, alertId, withdrawn } =
    line;
  const by = Object.entries((group ?? {}) as Record<string, unknown>).map(
    ([name, value]) => `${name}=${show(value)}`,
  );
  const end = resolvedAt === undefined ? [] : [`until ${show(resolvedAt)} (${show(reason)})`];
  const back = withdrawn === undefined ? [] : [`(${show(withdrawn)})`];
  const parts = [
    color.bold(show(rule)),
    show(state),
    show(severity),
    `count ${show(count)}`,
    ...by,
    ...end,
    ...back,
  ];
  return `${[show(firedAt ?? pendingAt), ...parts, color.dim(show(alertId))].join('  ')}\n`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
