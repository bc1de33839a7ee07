/** The order of events (semantics: Ground). */
import { comparePositions } from '../../event/event.ts';
import type { EventRef } from '../input/event-ref.ts';

/** Negative if `a` comes before `b`, positive if it comes after `b`. */
export function compareEvents(a: EventRef, b: EventRef): number {
  return a.timeMs - b.timeMs || comparePositions(a.position, b.position);
}
