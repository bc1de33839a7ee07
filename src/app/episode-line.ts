/** An episode as `backtest --json`, `alerts --json` and `show --json` print it. */
import type { Episode } from '../event/alert.ts';
import { positionText } from '../event/event.ts';

/** Times are ISO 8601 UTC with milliseconds, absent when not reached. */
export function episodeLine(episode: Episode): Readonly<Record<string, unknown>> {
  const { firstEvent, pendingAtMs, firedAtMs, resolvedAtMs, reason } = episode;
  return {
    rule: episode.rule,
    group: episode.group,
    state: episode.state,
    ...time('pendingAt', pendingAtMs),
    ...time('firedAt', firedAtMs),
    ...time('resolvedAt', resolvedAtMs),
    ...(reason !== undefined && { reason }),
    count: episode.count,
    suppressed: episode.suppressed,
    ...(episode.figures !== undefined && { figures: episode.figures }),
    severity: episode.severity,
    alertId: episode.alertId,
    firstEvent: {
      position: positionText(firstEvent.position),
      '@timestamp': new Date(firstEvent.timeMs).toISOString(),
    },
  };
}

function time(name: string, ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { [name]: new Date(ms).toISOString() };
}
