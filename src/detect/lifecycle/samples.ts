/**
 * The texts of the latest matches, for messages: a ring over all rules. They are found by position, so that keyed state need not refer to
 * them. A match whose text was overwritten is shown by its time and position alone.
 */
import type { Sample } from '../../event/alert.ts';
import type { EventPosition } from '../../event/event.ts';
import type { ShownEvent } from '../../event/match.ts';
import type { EventRef } from '../input/event-ref.ts';
import { SamplePlaces } from './sample-places.ts';

export interface Samples {
  /** Keeps what is shown of an event; it is not looked at before somebody asks for it. An event that several rules match is kept once. */
  keep(timeMs: number, position: EventPosition, shown: ShownEvent): void;
  of(event: EventRef): Sample;
  /** A copy of what is kept, oldest first. Each is made when it is called. */
  all(): readonly (() => Sample)[];
}

/** Bounds the memory and the size of a checkpoint: a sample takes about 1 kB. */
const CAPACITY = 8192;

export function createSamples(): Samples {
  const timesMs: number[] = [];
  const positions: EventPosition[] = [];
  const shownAt: ShownEvent[] = [];
  const places = new SamplePlaces();
  let next = 0;
  /** The position of the last match kept, or found to be kept. */
  let last: EventPosition | undefined;

  return {
    keep(timeMs, position, shown) {
      if (position === last) return;
      last = position;
      if (places.find(position) >= 0) return;
      if (next < positions.length) places.remove(next);
      timesMs[next] = timeMs;
      positions[next] = position;
      shownAt[next] = shown;
      places.add(next, position);
      next = (next + 1) % CAPACITY;
    },
    of({ timeMs, position }) {
      const place = places.find(position);
      return place < 0
        ? { timeMs, position, excerpt: '', fields: {} }
        : sampleOf(timesMs[place]!, positions[place]!, shownAt[place]!);
    },
    all() {
      const oldestFirst = positions.map((_, i) => (next + i) % positions.length);
      return oldestFirst.map((place) => {
        const [timeMs, position, shown] = [timesMs[place]!, positions[place]!, shownAt[place]!];
        return () => sampleOf(timeMs, position, shown);
      });
    },
  };
}

/** Returns the sample as people and checkpoints have it. */
function sampleOf(timeMs: number, position: EventPosition, shown: ShownEvent): Sample {
  return { timeMs, position, excerpt: shown.excerpt, fields: shown.fields };
}
