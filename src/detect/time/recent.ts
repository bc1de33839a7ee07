/**
 * The latest matches that were settled, of all rules: what a match that comes too late is judged beside (judged-aside.ts). Not part of the
 * state: after a restart it fills anew.
 */
import type { Waiting } from '../input/waiting.ts';

export interface Recent {
  keep(rule: string, event: Waiting): void;
  /** Those of a rule, in the order in which they were settled. */
  of(rule: string): readonly Waiting[];
  /** Something as late as this is not kept any more; −Infinity while everything is. */
  readonly lostMs: number;
}

/** Bounds memory: some 300 bytes each. */
const DEFAULT_CAPACITY = 20_000;

interface Queue {
  events: Waiting[];
  head: number;
}

export function createRecent(capacity = DEFAULT_CAPACITY): Recent {
  const queues = new Map<string, Queue>();
  /** Whose event is the oldest, the next one, and so on, in a ring. */
  const order: string[] = [];
  let next = 0;
  let lostMs = -Infinity;

  function letGo(rule: string): void {
    const queue = queues.get(rule)!;
    lostMs = Math.max(lostMs, queue.events[queue.head]!.timeMs);
    queue.head += 1;
    if (queue.head === queue.events.length) queues.delete(rule);
    else if (queue.head > 1024 && queue.head * 2 > queue.events.length) {
      queue.events = queue.events.slice(queue.head);
      queue.head = 0;
    }
  }

  return {
    keep(rule, event) {
      const gone = order[next];
      if (gone !== undefined) letGo(gone);
      order[next] = rule;
      next = (next + 1) % capacity;
      const queue = queues.get(rule);
      if (queue === undefined) queues.set(rule, { events: [event], head: 0 });
      else queue.events.push(event);
    },
    of(rule) {
      const { events, head } = queues.get(rule) ?? { events: [], head: 0 };
      return events.slice(head);
    },
    get lostMs() {
      return lostMs;
    },
  };
}
