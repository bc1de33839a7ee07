/** The event-time buffer: matches of one rule that are not final yet, in the order of events, in whatever order they came. */
import type { Waiting } from '../input/waiting.ts';
import { compareEvents } from './event-order.ts';

export interface EventTimeBuffer {
  readonly size: number;
  add(arrived: readonly Waiting[]): void;
  /** Time of the earliest match; Infinity if there is none. */
  nextMs(): number;
  shift(): Waiting;
  /** A copy of all matches, in order. */
  all(): readonly Waiting[];
}

/** The list is cut once so many matches are gone from its front, and they are more than half of it. */
const GONE_MIN = 1024;

export function createEventTimeBuffer(): EventTimeBuffer {
  let queue: Waiting[] = [];
  let head = 0;

  return {
    get size() {
      return queue.length - head;
    },
    add: (arrived) => merge(queue, inOrder(arrived), head),
    nextMs: () => (head < queue.length ? queue[head]!.timeMs : Infinity),
    shift() {
      const event = queue[head++]!;
      if (head > GONE_MIN && head * 2 > queue.length) {
        queue = queue.slice(head);
        head = 0;
      }
      return event;
    },
    all: () => queue.slice(head),
  };
}

/** Returns the matches in the order of events. Most batches are in this order already. */
function inOrder(arrived: readonly Waiting[]): readonly Waiting[] {
  for (let i = 1; i < arrived.length; i++)
    if (compareEvents(arrived[i - 1]!, arrived[i]!) > 0) return [...arrived].sort(compareEvents);
  return arrived;
}

/** Merges sorted events into the sorted list `into`, from index `from` on. Events newer than the whole list cost only their own number. */
function merge(into: Waiting[], events: readonly Waiting[], from: number): void {
  const [first] = events;
  if (first === undefined) return;
  let at = into.length;
  while (at > from && compareEvents(into[at - 1]!, first) > 0) at--;
  const later = at === into.length ? [] : into.splice(at);
  let i = 0;
  for (const event of events) {
    while (i < later.length && compareEvents(later[i]!, event) < 0) into.push(later[i++]!);
    into.push(event);
  }
  while (i < later.length) into.push(later[i++]!);
}
