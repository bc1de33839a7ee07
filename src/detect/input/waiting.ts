/** A match that waits for the watermark of its rule. */
import type { Match } from '../../event/match.ts';
import type { TakenMatch } from './event-ref.ts';
import { groupKey } from './group-key.ts';

/** The part of a match that its rule needs; texts for messages are in lifecycle/samples.ts. JSON-serialisable. */
export interface Waiting extends TakenMatch {
  readonly key: string;
}

/** Leaves out what the rule does not need. */
export function waiting({ group, timeMs, position, conditions, values = noValues }: Match): Waiting {
  return { key: groupKey(group), timeMs, position, conditions, values };
}

const noValues = {};
