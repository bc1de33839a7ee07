/** An episode as `backtest --json`, `alerts --json` and `show --json` print it. */
import type { Episode } from '../../event/alert.ts';
import { positionText } from '../../event/event.ts';

/** Times are absent when not reached, and ISO 8601 with milliseconds: in UTC, unless `timeText` (of ms since epoch) says otherwise. */
export function episodeLine(
  episode: Episode,
  timeText: (ms: number) => string = utc,
): Readonly<Record<string, unknown>> {
  const { firstEvent, pendingAtMs, firedAtMs, resolvedAtMs, reason } = episode;
  return {
    rule: episode.rule,
    group: episode.group,
    state: episode.state,
    ...(pendingAtMs !== undefined && { pendingAt: timeText(pendingAtMs) }),
    ...(firedAtMs !== undefined && { firedAt: timeText(firedAtMs) }),
    ...(resolvedAtMs !== undefined && { resolvedAt: timeText(resolvedAtMs) }),
    ...(reason !== undefined && { reason }),
    count: episode.count,
    suppressed: episode.suppressed,
    ...(episode.figures !== undefined && { figures: episode.figures }),
    severity: episode.severity,
    alertId: episode.alertId,
    firstEvent: {
      position: positionText(firstEvent.position),
      '@timestamp': timeText(firstEvent.timeMs),
    },
  };
}

/** As programs read it. */
export function utc(ms: number): string {
  return new Date(ms).toISOString();
}
