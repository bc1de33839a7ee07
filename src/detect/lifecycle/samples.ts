/**
 * The texts of the latest matches, for messages: a ring over all rules. They are found by position, so that keyed state need not refer to
 * them. A match whose text was overwritten is shown by its time and position alone.
 */
import type { Sample } from '../../event/alert.ts';
import type { EventPosition } from '../../event/event.ts';
import type { Match } from '../../event/match.ts';
import type { EventRef } from '../input/event-ref.ts';

/** The part of a match that is kept. Its texts are not looked at before somebody asks for them. */
type Kept = Pick<Match, 'timeMs' | 'position' | 'shown'>;

export interface Samples {
  /** Keeps the text of a match. An event that several rules match is kept once. */
  keep(match: Kept): void;
  of(event: EventRef): Sample;
  /** A copy of what is kept, oldest first. */
  all(): readonly Kept[];
}

/** Returns the sample as people and checkpoints have it. */
export function sampleOf({ timeMs, position, shown }: Kept): Sample {
  return { timeMs, position, excerpt: shown.excerpt, fields: shown.fields };
}

/** Returns what is kept of a match whose sample a checkpoint has. */
export function keptOf({ timeMs, position, excerpt, fields }: Sample): Kept {
  return { timeMs, position, shown: { excerpt, fields } };
}

/** Bounds the memory and the size of a checkpoint: a sample takes about 1 kB. */
const CAPACITY = 8192;

export function createSamples(): Samples {
  const ring: Kept[] = [];
  let next = 0;
  const places = new Map<string, Map<number, number>>();
  /** The position of the last match kept, or found to be kept. */
  let last: EventPosition | undefined;

  function placesOf({ source, partition }: EventPosition): Map<number, number> {
    const name = `${source}/${partition}`;
    let known = places.get(name);
    if (known === undefined) places.set(name, (known = new Map<number, number>()));
    return known;
  }

  return {
    keep({ timeMs, position, shown }) {
      if (position === last) return;
      last = position;
      const known = placesOf(position);
      if (known.has(position.offset)) return;
      const gone = ring[next];
      if (gone !== undefined) placesOf(gone.position).delete(gone.position.offset);
      ring[next] = { timeMs, position, shown };
      known.set(position.offset, next);
      next = (next + 1) % CAPACITY;
    },
    of({ timeMs, position }) {
      const place = placesOf(position).get(position.offset);
      return place === undefined ? { timeMs, position, excerpt: '', fields: {} } : sampleOf(ring[place]!);
    },
    all: () => (ring.length < CAPACITY ? [...ring] : [...ring.slice(next), ...ring.slice(0, next)]),
  };
}
