/** The event-time buffer: matches of one rule that are not final yet, in the order of events, in whatever order they came. */
import { comparePositions } from '../../event/event.ts';
import type { Waiting } from '../input/waiting.ts';

export interface EventTimeBuffer {
  readonly size: number;
  add(arrived: readonly Waiting[]): void;
  /** Time of the earliest match; Infinity if there is none. */
  nextMs(): number;
  shift(): Waiting;
  /** The matches of a group, in order; empty if there are none. Works only if `byGroup` was asked for at creation. */
  ofGroup(key: string): readonly Waiting[];
  /** A copy of all matches, in order. */
  all(): readonly Waiting[];
}

/** Compares by the order of events (semantics: Ground). */
function compareEvents(a: Waiting, b: Waiting): number {
  return a.timeMs - b.timeMs || comparePositions(a.position, b.position);
}

export function createEventTimeBuffer(byGroup: boolean): EventTimeBuffer {
  let queue: Waiting[] = [];
  let head = 0;
  const groups = new Map<string, { events: Waiting[]; head: number }>();

  function add(arrived: readonly Waiting[]): void {
    merge(queue, [...arrived].sort(compareEvents), head);
    if (!byGroup) return;
    for (const event of arrived) {
      const group = groups.get(event.key);
      if (group === undefined) groups.set(event.key, { events: [event], head: 0 });
      else merge(group.events, [event], group.head);
    }
  }

  function shiftGroup(key: string): void {
    const group = groups.get(key)!;
    group.head++;
    if (group.head === group.events.length) groups.delete(key);
    else if (isMostlyGone(group.events, group.head)) {
      group.events = group.events.slice(group.head);
      group.head = 0;
    }
  }

  return {
    get size() {
      return queue.length - head;
    },
    add,
    nextMs: () => queue[head]?.timeMs ?? Infinity,
    shift() {
      const event = queue[head++]!;
      if (isMostlyGone(queue, head)) {
        queue = queue.slice(head);
        head = 0;
      }
      if (byGroup) shiftGroup(event.key);
      return event;
    },
    ofGroup(key) {
      const group = groups.get(key);
      return group === undefined ? [] : group.events.slice(group.head);
    },
    all: () => queue.slice(head),
  };
}

/** True when it is time to release the memory of the matches taken from the front. */
function isMostlyGone(events: readonly Waiting[], head: number): boolean {
  return head > 1024 && head * 2 > events.length;
}

/** Merges sorted events into the sorted list `into`, from index `from` on. Events newer than the whole list cost only their own number. */
function merge(into: Waiting[], events: readonly Waiting[], from: number): void {
  const [first] = events;
  if (first === undefined) return;
  let at = into.length;
  while (at > from && compareEvents(into[at - 1]!, first) > 0) at--;
  const later = into.splice(at);
  let i = 0;
  for (const event of events) {
    while (i < later.length && compareEvents(later[i]!, event) < 0) into.push(later[i++]!);
    into.push(event);
  }
  while (i < later.length) into.push(later[i++]!);
}
