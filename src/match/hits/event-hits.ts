/** Finds the hits of an event by its values: the plain way, for lines that no kernel has read and for events without a line. */
import { HIT_NUMBERS, LANE_SHIFT, type Hits } from '../../event/kernel/tape.ts';
import type { EventView } from '../event-view.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface EventHits {
  /** Returns the hits of the event in view, as those of line 0. They are void with the next call. */
  of(view: EventView): Hits;
}

export function createEventHits(vocabulary: Vocabulary): EventHits {
  let hits = new Uint32Array(64);
  const hitsFrom = new Uint32Array(2);
  let count = 0;

  function put(atom: number | undefined, lane: number, position: number): void {
    if (atom === undefined) return;
    if (HIT_NUMBERS * (count + 1) > hits.length) {
      const longer = new Uint32Array(2 * hits.length);
      longer.set(hits);
      hits = longer;
    }
    hits[HIT_NUMBERS * count] = atom;
    hits[HIT_NUMBERS * count + 1] = (lane << LANE_SHIFT) | position;
    count += 1;
  }

  return {
    of(view) {
      count = 0;
      let position = 0;
      for (const [lane, field] of vocabulary.fields.entries()) {
        if (field.type === 'text')
          for (const tokens of view.tokens(field)) {
            // The gap lets no phrase go from one value to the next.
            position += 2;
            for (const token of tokens) put(vocabulary.find('token', token), lane, position++);
          }
        else for (const value of view.values(field)) put(vocabulary.find('whole', String(value)), lane, 0);
      }
      hitsFrom[1] = count;
      return { hasAll: true, hits, hitsFrom };
    },
  };
}
