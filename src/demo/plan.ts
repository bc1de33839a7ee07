/** Plans when the faults of the demo begin and end: spread over its time, one after the other, each long enough to be noticed. */
import type { Fault } from './orders.ts';

export interface PlannedFault {
  readonly fault: Fault;
  readonly startMs: number;
  readonly endMs: number;
}

const ORDER: readonly Fault[] = ['inventory_slow', 'payment_gateway', 'redis_full'];

/** At which share of the time each fault begins. The last one ends early enough for its alert to be seen. */
const STARTS = [0.15, 0.4, 0.65] as const;
const SHARE = 0.18;

export function planFaults(startMs: number, durationMs: number): readonly PlannedFault[] {
  return ORDER.map((fault, i) => {
    const faultStartMs = startMs + Math.round(durationMs * STARTS[i]!);
    return { fault, startMs: faultStartMs, endMs: faultStartMs + Math.round(durationMs * SHARE) };
  });
}

/** Returns how many lines a second a fault adds: enough in all to be noticed, however short the fault is. */
export function faultRate({ startMs, endMs }: PlannedFault): number {
  return Math.max(5, 30_000 / (endMs - startMs));
}

export function faultAt(plan: readonly PlannedFault[], timeMs: number): PlannedFault | undefined {
  return plan.find(({ startMs, endMs }) => startMs <= timeMs && timeMs < endMs);
}
