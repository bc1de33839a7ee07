/**
 * The latest final matches of all rules. A match that comes too late is judged together with them (judged-aside.ts). They are not part of
 * the state: after a restart, the list fills anew.
 */
import type { Waiting } from '../input/waiting.ts';

export interface Recent {
  keep(rule: string, event: Waiting): void;
  /** The matches of a rule, in the order in which they became final. */
  of(rule: string): readonly Waiting[];
  /** Greatest time of a match that is no longer kept; −Infinity while every match is kept. */
  readonly lostMs: number;
}

/** Bounds the memory: a match takes about 300 bytes. */
const DEFAULT_CAPACITY = 20_000;

interface Queue {
  events: Waiting[];
  head: number;
}

export function createRecent(capacity = DEFAULT_CAPACITY): Recent {
  const queues = new Map<string, Queue>();
  /** A ring of rule names. It begins at `next`: the rule of the oldest match, then of the next one, and so on. */
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
