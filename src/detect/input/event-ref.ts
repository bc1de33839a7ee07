/** Events and matches as the state of a rule keeps them. */
import type { EventPosition, Value } from '../../event/event.ts';

/** The part of an event that the state keeps. */
export interface EventRef {
  readonly timeMs: number;
  readonly position: EventPosition;
}

/** A match as an operator takes it. */
export interface TakenMatch extends EventRef {
  readonly conditions: readonly string[];
  /** Values of the fields that the form reads, not shortened. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
}

/** Returns the part of an event that the state keeps. */
export function refOf({ timeMs, position }: EventRef): EventRef {
  return { timeMs, position };
}

/** The position of an instant at which a rule without groups was armed: no event stands there. */
export const noPosition: EventPosition = { source: '', partition: 0, offset: -1 };
