/** Formats an episode as `backtest --json`, `alerts --json` and `show --json` print it. */
import type { Episode } from '../../event/alert.ts';
import { positionText } from '../../event/event.ts';

/**
 * Returns the fields of the line. A time that was not reached is absent. Times are ISO 8601 with milliseconds, in UTC unless `timeText`
 * (given ms since epoch) writes them otherwise.
 */
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

/** Formats ms since epoch as programs read them: ISO 8601 in UTC. */
export function utc(ms: number): string {
  return new Date(ms).toISOString();
}
