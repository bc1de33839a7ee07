/** Pairs each early firing with the final firing that it has become, and decides what people learn of the difference (semantics: Provisional). */
import type { Episode } from '../../event/alert.ts';
import type { Correction } from '../../event/correction.ts';
import { comparePositions } from '../../event/event.ts';
import { groupKey } from '../input/group-key.ts';

/**
 * Pairs each early firing with the firing of the same `alertId`. Otherwise it takes, in order, a firing whose span from first event to
 * firing overlaps. Early firings without a partner are left out.
 */
export function pair<Early extends Episode>(
  early: readonly Early[],
  firings: readonly Episode[],
): Map<Early, Episode> {
  const free = new Set(firings);
  const result = new Map<Early, Episode>();
  const take = (known: Early, episode: Episode | undefined): void => {
    if (episode === undefined) return;
    free.delete(episode);
    result.set(known, episode);
  };
  for (const known of early)
    take(
      known,
      firings.find(({ alertId }) => alertId === known.alertId),
    );
  for (const known of early)
    if (!result.has(known))
      take(
        known,
        firings.find((episode) => free.has(episode) && meets(known, episode)),
      );
  return result;
}

function meets(a: Episode, b: Episode): boolean {
  return beginsByEndOf(a, b) && beginsByEndOf(b, a);
}

function beginsByEndOf(a: Episode, b: Episode): boolean {
  const { timeMs, position } = a.firstEvent;
  if (timeMs !== b.firedAtMs) return timeMs < b.firedAtMs!;
  const last = b.samples.at(-1);
  return last === undefined || comparePositions(position, last.position) <= 0;
}

export function saysTheSame(a: Episode, b: Episode): boolean {
  return a.alertId === b.alertId && a.firedAtMs === b.firedAtMs && a.pendingAtMs === b.pendingAtMs;
}

/** Partitions that are read unevenly move many firings a little. A smaller move is recorded, but nobody gets a message about it. */
const TELL_FROM_MS = 60_000;

export function isWorthAMessage(before: Episode, after: Episode): boolean {
  return (
    Math.abs(after.firedAtMs! - before.firedAtMs!) >= TELL_FROM_MS ||
    after.severity !== before.severity ||
    groupKey(Object.values(after.group)) !== groupKey(Object.values(before.group))
  );
}

export function amendment(before: Episode, after: Episode): Correction {
  if (before.firedAtMs === after.firedAtMs) return { kind: 'more_events' };
  return { kind: 'moved', fromMs: before.firedAtMs!, toMs: after.firedAtMs! };
}
