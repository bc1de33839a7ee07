/** When the demo's faults begin and end: spread over its time, one after the other, each long enough to be noticed. */
import type { Fault } from './orders.ts';

export interface PlannedFault {
  readonly fault: Fault;
  readonly startMs: number;
  readonly endMs: number;
}

const ORDER: readonly Fault[] = ['inventory_slow', 'payment_gateway', 'redis_full'];

/** Each fault begins at a share of the time; the last one ends early enough for its alert to be seen. */
const STARTS = [0.15, 0.4, 0.65] as const;
const SHARE = 0.18;

export function planFaults(startMs: number, durationMs: number): readonly PlannedFault[] {
  return ORDER.map((fault, i) => {
    const faultStartMs = startMs + Math.round(durationMs * STARTS[i]!);
    return { fault, startMs: faultStartMs, endMs: faultStartMs + Math.round(durationMs * SHARE) };
  });
}

/** Lines a second that a fault adds: enough in all to be noticed, however short it is. */
export function faultRate({ startMs, endMs }: PlannedFault): number {
  return Math.max(5, 30_000 / (endMs - startMs));
}

export function faultAt(plan: readonly PlannedFault[], timeMs: number): PlannedFault | undefined {
  return plan.find(({ startMs, endMs }) => startMs <= timeMs && timeMs < endMs);
}
