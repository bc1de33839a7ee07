/** Short lines for benches of windows and groups: every one is a match, and what differs is how many groups, how far apart, in which order. */
import { draws } from './random.ts';
import { SERVICES } from './order-lines.ts';

export interface StateLines {
  readonly count: number;
  /** Different values of `user_id`, in turn. */
  readonly users?: number;
  readonly apartMs?: number;
  /** Percent of the lines that come later than lines after them, by up to LATE_MAX_MS. */
  readonly latePercent?: number;
}

/** Tocsin waits so long for lines. */
export const LATE_MAX_MS = 30_000;
const SEED = 5;
const BEGIN_MS = Date.UTC(2025, 0, 1);

export function stateLines({
  count,
  users = 1_000,
  apartMs = 3,
  latePercent = 0,
}: StateLines): readonly string[] {
  const random = draws(SEED);
  return Array.from({ length: count }, (_, i) => {
    const isLate = random.below(100) < latePercent;
    const timeMs = BEGIN_MS + i * apartMs - (isLate ? random.below(LATE_MAX_MS) : 0);
    return JSON.stringify({
      '@timestamp': new Date(Math.max(BEGIN_MS, timeMs)).toISOString(),
      service: random.pick(SERVICES),
      order_id: `ORD-${random.below(1e6)}`,
      user_id: `u${i % users}`,
      duration_ms: Math.round(random.next() * 250_000) / 100,
    });
  });
}
