/**
 * The texts of the latest matches, for messages: a ring over all rules. They are found by position, so that keyed state need not refer to
 * them. A match whose text was overwritten is shown by its time and position alone.
 */
import type { Sample } from '../../event/alert.ts';
import type { EventPosition } from '../../event/event.ts';
import type { EventRef } from '../input/event-ref.ts';

export interface Samples {
  /** Keeps the text of a match. An event that several rules match is kept once. */
  keep(match: Sample): void;
  of(event: EventRef): Sample;
  /** A copy of the samples kept, oldest first. */
  all(): readonly Sample[];
}

/** Bounds the memory and the size of a checkpoint: a sample takes about 1 kB. */
const CAPACITY = 8192;

export function createSamples(): Samples {
  const ring: Sample[] = [];
  let next = 0;
  const places = new Map<string, Map<number, number>>();

  function placesOf({ source, partition }: EventPosition): Map<number, number> {
    const name = `${source}/${partition}`;
    let known = places.get(name);
    if (known === undefined) places.set(name, (known = new Map<number, number>()));
    return known;
  }

  return {
    keep({ timeMs, position, excerpt, fields }) {
      const known = placesOf(position);
      if (known.has(position.offset)) return;
      const gone = ring[next];
      if (gone !== undefined) placesOf(gone.position).delete(gone.position.offset);
      ring[next] = { timeMs, position, excerpt, fields };
      known.set(position.offset, next);
      next = (next + 1) % CAPACITY;
    },
    of({ timeMs, position }) {
      const place = placesOf(position).get(position.offset);
      return place === undefined ? { timeMs, position, excerpt: '', fields: {} } : ring[place]!;
    },
    all: () => (ring.length < CAPACITY ? [...ring] : [...ring.slice(next), ...ring.slice(0, next)]),
  };
}
