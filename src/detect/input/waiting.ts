/** A match that waits for the watermark of its rule. */
import type { Match } from '../../event/match.ts';
import type { TakenMatch } from './event-ref.ts';

/** The part of a match that its rule needs; JSON-serialisable. Texts for messages are in lifecycle/samples.ts. */
export interface Waiting extends TakenMatch {
  readonly key: string;
}

/** Returns the match without the parts that its rule does not need. `key`: the key of its group. */
export function waiting({ timeMs, position, conditions, values = noValues }: Match, key: string): Waiting {
  return { key, timeMs, position, conditions, values };
}

const noValues = {};
