/**
 * A simulated order service: the lines that its threads (order, payment, inventory) write, with ids that agree from line to line. Pure:
 * time comes in, and the same seed and times give the same lines. This file knows nothing of rules, and writes no file.
 */
import { seededRandom, type Random } from './random.ts';

/** A fault of the service, which lasts for a while. */
export type Fault = 'inventory_slow' | 'payment_gateway' | 'redis_full';

interface Trouble {
  readonly fault: Fault;
  readonly linesPerSecond: number;
}

export interface OrderService {
  /** Returns the lines of the time in (after the last call, `untilMs`], in time order, as JSON texts. */
  lines(untilMs: number, trouble: Trouble | undefined): readonly string[];
}

export interface OrderServiceOptions {
  readonly seed: number;
  readonly startMs: number;
  /** Each order has about eight lines. */
  readonly ordersPerSecond: number;
}

/** A line before it is written as text. */
export interface Line {
  readonly timeMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Order {
  readonly id: string;
  readonly user: string;
  readonly channel: string;
  readonly traceId: string;
  readonly amount: string;
  readonly sku: string;
}

export function createOrderService({ seed, startMs, ordersPerSecond }: OrderServiceOptions): OrderService {
  const random = seededRandom(seed);
  let serial = 20_481_000 + (seed % 1_000);
  let waiting: Line[] = [];
  let recent: Order[] = [];
  let nextOrderMs = startMs;
  let nextFaultMs = startMs;

  const open = (timeMs: number): void => {
    serial += 1;
    const order = newOrder(serial, random);
    recent = [...recent.slice(-49), order];
    waiting.push(...story(order, timeMs, random));
  };
  const lines = (untilMs: number, trouble: Trouble | undefined): readonly string[] => {
    for (; nextOrderMs <= untilMs; nextOrderMs += random.around(1_000 / ordersPerSecond)) open(nextOrderMs);
    if (trouble === undefined) nextFaultMs = untilMs;
    else {
      const gapMs = 1_000 / trouble.linesPerSecond;
      for (; nextFaultMs <= untilMs; nextFaultMs += random.around(gapMs)) {
        waiting.push(failure(trouble.fault, random.pick(recent), nextFaultMs, random));
      }
    }
    const due = waiting.filter(({ timeMs }) => timeMs <= untilMs).sort((a, b) => a.timeMs - b.timeMs);
    waiting = waiting.filter(({ timeMs }) => timeMs > untilMs);
    return due.map(lineText);
  };
  return { lines };
}

export function lineText({ timeMs, fields }: Line): string {
  return JSON.stringify({ '@timestamp': new Date(timeMs).toISOString(), ...fields });
}

export function newOrder(serial: number, random: Random): Order {
  return {
    id: `ORD-${serial}`,
    user: `u${random.integer(10_000, 99_999)}`,
    channel: random.pick(['alipay', 'wechatpay', 'unionpay', 'card']),
    traceId: random.hex(16),
    amount: `${random.integer(9, 899)}.${random.integer(10, 99)}`,
    sku: `SKU-${random.integer(100, 999)}`,
  };
}

/** Returns the lines of an order in which nothing goes wrong. */
export function story(order: Order, startMs: number, random: Random): readonly Line[] {
  const { id, channel, amount, sku } = order;
  let timeMs = startMs;
  const after = (meanMs: number): number => (timeMs += random.around(meanMs));
  const say = (service: string, message: string, more: object = {}): Line => ({
    timeMs: Math.round(timeMs),
    fields: entry('INFO', service, message, order, more),
  });
  const took = (): { readonly duration_ms: number } => ({ duration_ms: random.integer(4, 160) });
  const result: Line[] = [
    say('order', `order created, ${amount} CNY`, {
      order_state: 'CREATED',
      http: { route: '/api/orders' },
      ...took(),
    }),
  ];
  const next = (meanMs: number, ...line: Parameters<typeof say>): void => {
    after(meanMs);
    result.push(say(...line));
  };
  next(120, 'inventory', `stock reserved: ${random.integer(1, 4)} x ${sku}`, took());
  next(400, 'payment', `payment requested from ${channel}, ${amount} CNY`, { channel, status: 'PENDING' });
  next(900, 'payment', 'payment succeeded', { channel, status: 'SUCCESS', ...took() });
  next(60, 'order', 'order paid', { order_state: 'PAID' });
  next(150, 'inventory', 'inventory synced', took());
  next(700, 'order', `GET /api/orders/${id} 200`, { http: { route: '/api/orders/:id' }, ...took() });
  next(1_200, 'order', 'order handed to the warehouse', { order_state: 'CONFIRMED' });
  return result;
}

function failure(fault: Fault, order: Order, timeMs: number, random: Random): Line {
  const line = (service: string, message: string, more: object): Line => ({
    timeMs: Math.round(timeMs),
    fields: entry('ERROR', service, message, order, more),
  });
  const { id, sku } = order;
  switch (fault) {
    case 'inventory_slow': {
      const waited = random.integer(3_000, 3_400);
      return random.integer(0, 2) > 0
        ? line('order', `order_timeout: inventory did not answer within 3000 ms for ${id}`, {
            order_state: 'PROCESSING',
            error_code: 'INVENTORY_TIMEOUT',
            duration_ms: waited,
          })
        : line('inventory', `inventory_rollback: reservation of ${sku} for ${id} released after 3 attempts`, {
            error_code: 'RESERVATION_LOST',
          });
    }
    case 'payment_gateway':
      return line(
        'payment',
        'payment gateway error: unionpay answered HTTP 502 Bad Gateway, attempt 3 of 3',
        {
          channel: 'unionpay',
          status: 'FAILED',
          error_code: 'GATEWAY_502',
          duration_ms: random.integer(9_000, 10_000),
        },
      );
    case 'redis_full':
      return line('inventory', `cannot lock stock of ${sku} for ${id}: Redis refused the write`, {
        error_code: 'REDIS_OOM',
        error: {
          type: 'ReplyError',
          message: "OOM command not allowed when used memory > 'maxmemory'.",
        },
      });
  }
}

/** Returns the fields of a line. */
export function entry(level: string, service: string, message: string, order: Order, more: object) {
  return {
    log: { level },
    service: { name: service },
    message,
    order_id: order.id,
    user_id: order.user,
    trace: { id: order.traceId },
    ...more,
  };
}
