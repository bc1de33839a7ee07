/**
 * The texts of the latest matches, for messages: a ring over all rules. They are found by position, so that keyed state need not refer to
 * them. A match whose text was overwritten is shown by its time and position alone.
 */
import type { Sample } from '../../event/alert.ts';
import type { EventPosition } from '../../event/event.ts';
import type { ShownEvent } from '../../event/match.ts';
import { MatchEvents } from '../../event/match-events.ts';
import type { EventRef } from '../input/event-ref.ts';
import { SamplePlaces } from './sample-places.ts';

export interface Samples {
  /** Keeps what is shown of an event; it is not looked at before somebody asks for it. An event that several rules match is kept once. */
  keep(timeMs: number, position: EventPosition, shown: ShownEvent): void;
  /** As `keep`, for an event by its number. */
  keepEvent(events: MatchEvents, event: number): void;
  of(event: EventRef): Sample;
  /** A copy of what is kept, oldest first. Each is made when it is called. */
  all(): readonly (() => Sample)[];
}

/** Bounds the memory and the size of a checkpoint: a sample takes about 1 kB. */
const CAPACITY = 8192;

export function createSamples(): Samples {
  return new SampleRing();
}

/** Events are numbered in the order in which they were kept. An event stands at its number modulo `CAPACITY`. */
class SampleRing implements Samples {
  readonly #lists: MatchEvents[] = [];
  readonly #events = new Uint32Array(CAPACITY);
  /** The places of events with a number below `#found`. Most events are overwritten before anybody looks for one. */
  readonly #places = new SamplePlaces();
  #found = 0;
  /** The number of the next event to keep. */
  #next = 0;
  /** Greatest offset that was kept of each partition, by the number of the partition. */
  readonly #greatest: number[] = [];

  keep(timeMs: number, position: EventPosition, shown: ShownEvent): void {
    const events = new MatchEvents(1);
    this.keepEvent(events, events.add(timeMs, position, shown));
  }

  keepEvent(events: MatchEvents, event: number): void {
    const offset = events.offsets[event]!;
    const partition = this.#places.partition(events.sourceOf(event), events.partitionOf(event));
    const greatest = this.#greatest[partition] ?? -Infinity;
    if (offset > greatest) this.#greatest[partition] = offset;
    else if (this.#find(events.positionOf(event)) >= 0) return;
    const place = this.#next % CAPACITY;
    if (this.#next >= CAPACITY && this.#next - CAPACITY < this.#found) this.#places.remove(place);
    this.#lists[place] = events;
    this.#events[place] = event;
    this.#next++;
  }

  of({ timeMs, position }: EventRef): Sample {
    const place = this.#find(position);
    return place < 0
      ? { timeMs, position, excerpt: '', fields: {} }
      : sampleOf(this.#lists[place]!, this.#events[place]!);
  }

  all(): readonly (() => Sample)[] {
    const from = Math.max(0, this.#next - CAPACITY);
    return Array.from({ length: this.#next - from }, (_, i) => {
      const place = (from + i) % CAPACITY;
      const [events, event] = [this.#lists[place]!, this.#events[place]!];
      return () => sampleOf(events, event);
    });
  }

  /** Returns the place of the position; −1 if it is not kept. */
  #find(position: EventPosition): number {
    for (let next = Math.max(this.#found, this.#next - CAPACITY); next < this.#next; next++) {
      const place = next % CAPACITY;
      this.#places.add(place, this.#lists[place]!.positionOf(this.#events[place]!));
    }
    this.#found = this.#next;
    return this.#places.find(position);
  }
}

/** Returns the sample as people and checkpoints have it. */
function sampleOf(events: MatchEvents, event: number): Sample {
  const { excerpt, fields } = events.shownOf(event);
  return { timeMs: events.timesMs[event]!, position: events.positionOf(event), excerpt, fields };
}
