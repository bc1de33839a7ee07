/** Events and matches as the state of a rule keeps them. */
import type { EventPosition, Value } from '../../event/event.ts';

/** An event as state keeps it. */
export interface EventRef {
  readonly timeMs: number;
  readonly position: EventPosition;
}

/** A match as an operator takes it. */
export interface TakenMatch extends EventRef {
  readonly conditions: readonly string[];
  /** Values of the fields that the form reads, uncut. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
}

/** The part of an event that is state. */
export function refOf({ timeMs, position }: EventRef): EventRef {
  return { timeMs, position };
}

/** The place of what is no event: the instant at which a rule without groups was armed. */
export const noPosition: EventPosition = { source: '', partition: 0, offset: -1 };
