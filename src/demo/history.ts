/**
 * The past of the demo: days of quiet business, and in it three orders whose trouble shows only with time. Pure, like the order service.
 * All lines are in time order. This file knows nothing of rules.
 */
import { entry, lineText, newOrder, story, type Line, type Order } from './orders.ts';
import { seededRandom, type Random } from './random.ts';

/** The trouble of a single order. */
export type StoryKind = 'zombie' | 'ghost' | 'split';

export interface OrderStory {
  readonly kind: StoryKind;
  readonly orderId: string;
  /** When the order goes wrong: within the demo. */
  readonly dueMs: number;
}

export interface History {
  /** The lines from days ago up to the start, as JSON texts. */
  readonly lines: readonly string[];
  readonly stories: readonly OrderStory[];
  /** Returns the lines that the stories write in the time (`sinceMs`, `untilMs`]. */
  later(sinceMs: number, untilMs: number): readonly string[];
}

export interface HistoryOptions {
  readonly seed: number;
  /** The present: the history ends here and the demo begins. */
  readonly startMs: number;
  readonly durationMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAYS_MS = 84 * HOUR_MS;
const BETWEEN_ORDERS_MS = 10 * MINUTE_MS;
/** Longer than the life of an order in which nothing goes wrong. */
const LIFE_MS = 15_000;

export function createHistory({ seed, startMs, durationMs }: HistoryOptions): History {
  const random = seededRandom(seed + 1);
  let serial = 20_380_000 + (seed % 1_000);
  const nextOrder = (): Order => newOrder((serial += 1), random);
  const dueAt = (share: number): number => startMs + Math.round(durationMs * share);
  const orders = { zombie: nextOrder(), ghost: nextOrder(), split: nextOrder() };
  const due = { zombie: dueAt(0.05), ghost: dueAt(0.12), split: dueAt(0.2) };
  const lines = [
    ...zombie(orders.zombie, due.zombie - 72 * HOUR_MS, random),
    ...ghost(orders.ghost, due.ghost - 10 * MINUTE_MS, random),
    ...story(orders.split, startMs - 6 * MINUTE_MS, random),
    cancelled(orders.split, due.split),
  ];
  for (
    let timeMs = startMs - DAYS_MS;
    timeMs < startMs - LIFE_MS;
    timeMs += random.around(BETWEEN_ORDERS_MS)
  ) {
    lines.push(...story(nextOrder(), timeMs, random));
  }
  lines.sort((a, b) => a.timeMs - b.timeMs);
  const between = (sinceMs: number, untilMs: number): readonly string[] =>
    lines.filter(({ timeMs }) => timeMs > sinceMs && timeMs <= untilMs).map(lineText);
  const kinds: readonly StoryKind[] = ['zombie', 'ghost', 'split'];
  return {
    lines: between(-Infinity, startMs),
    stories: kinds.map((kind) => ({ kind, orderId: orders[kind].id, dueMs: due[kind] })),
    later: between,
  };
}

/** The lines of an order that begins well, and then only repeats a state that does not change. */
function zombie(order: Order, processingMs: number, random: Random): readonly Line[] {
  const state = { order_state: 'PROCESSING' };
  return [
    ...story(order, processingMs - LIFE_MS, random),
    line(processingMs, order, 'order', 'order waits to be packed', state),
    line(processingMs + 30 * HOUR_MS, order, 'order', 'order still waits to be packed', state),
  ];
}

/** The lines of an order that is paid, but inventory never says that it has synced. */
function ghost(order: Order, paidMs: number, random: Random): readonly Line[] {
  return story(order, paidMs, random).flatMap((each) => {
    const { message } = each.fields;
    if (message === 'inventory synced' || message === 'order handed to the warehouse') return [];
    // The payment has exactly the time `paidMs`. The lines that led to it come before.
    const before = message === 'order paid' ? 100 : -1_500;
    if (message === 'payment succeeded') return [{ ...each, timeMs: paidMs }];
    return [{ ...each, timeMs: Math.min(each.timeMs, paidMs + before) }];
  });
}

function cancelled(order: Order, timeMs: number): Line {
  return line(timeMs, order, 'order', 'order cancelled: no payment was found in time', {
    order_state: 'CANCELLED',
  });
}

function line(timeMs: number, order: Order, service: string, message: string, more: object): Line {
  return { timeMs, fields: entry('INFO', service, message, order, more) };
}
