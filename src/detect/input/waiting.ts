/** A match that waits for the watermark of its rule. */
import type { TakenMatch } from './event-ref.ts';

/** The part of a match that its rule needs; JSON-serialisable. Texts for messages are in lifecycle/samples.ts. */
export interface Waiting extends TakenMatch {
  readonly key: string;
}

/** The values of a match whose form reads none. */
export const noValues: Waiting['values'] = {};
