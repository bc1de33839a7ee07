/**
 * Counts how many events have a token or a value, in a sample of the stream that is taken now and then. A rule alone does not show which of
 * its words is the rare one. The counts decide what is tried first, and so how fast matching is. They never decide what matches.
 */
import type { Field } from '../event/event.ts';
import type { Anchor, Frequency } from './anchors.ts';
import type { EventView } from './event-view.ts';

/** Number of events in a sample. */
const SAMPLE = 1_000;
/** Greatest number of events between two samples. */
const PAUSE = 1_000_000;
/** Greatest number of tokens and values remembered for a field. Later ones of the same sample count as rare. */
const REMEMBERED = 50_000;

/** For each field, the number of events of a sample that had each token or value. */
export type Learned = ReadonlyMap<Field, ReadonlyMap<string, number>>;

export interface Frequencies {
  /** Looks at an event of the stream; returns true when the event completes a sample. */
  see(view: EventView): boolean;
  /** Share of events that have the anchor; a guess before the first sample. */
  readonly of: Frequency;
  /** The counts of the last sample; empty before the first. */
  readonly learned: () => Learned;
}

/** `before`: the counts that are known already. */
export function createFrequencies(fields: Iterable<Field>, before: Learned = new Map()): Frequencies {
  let sampled = 0;
  let seen = 0;
  let nextSampleAt = 0;
  const nothingYet = (): Map<Field, Map<string, number>> =>
    new Map([...fields].map((field) => [field, new Map<string, number>()]));
  let counting = nothingYet();
  let known = before;

  const count = (view: EventView): void => {
    for (const [field, counts] of counting) {
      for (const text of new Set(textsOf(view, field))) {
        const before = counts.get(text);
        if (before !== undefined || counts.size < REMEMBERED) counts.set(text, (before ?? 0) + 1);
      }
    }
  };

  return {
    see(view) {
      seen += 1;
      if (seen <= nextSampleAt) return false;
      count(view);
      sampled += 1;
      if (sampled < SAMPLE) return false;
      known = counting;
      counting = nothingYet();
      sampled = 0;
      nextSampleAt = seen + Math.min(PAUSE, seen * 10);
      return true;
    },
    of: (anchor) => {
      const counts = known.get(anchor.field);
      if (counts === undefined) return guess(anchor);
      return ((counts.get(anchor.text) ?? 0) + guess(anchor)) / (SAMPLE + 1);
    },
    learned: () => known,
  };
}

function textsOf(view: EventView, field: Field): readonly string[] {
  return field.type === 'text' ? view.tokens(field).flat() : view.values(field).map(String);
}

/** Guesses that long words are rare. Long values are rare too, but less so: a level or a service is one of few. */
function guess({ field, text }: Anchor): number {
  return 2 ** -(field.type === 'text' ? text.length : text.length / 2);
}
