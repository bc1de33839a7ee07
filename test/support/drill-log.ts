/** The log of the drill: an order service in which something goes wrong for each of the shipped rules, all of it by time 0. */

/** A line; `atMs` counts from the moment at which everything has gone wrong. */
export interface DrillLine {
  readonly atMs: number;
  readonly level: 'INFO' | 'WARN' | 'ERROR';
  readonly service: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Fields = Readonly<Record<string, unknown>>;

function say(
  atMs: number,
  level: DrillLine['level'],
  service: string,
  message: string,
  more: Fields = {},
): DrillLine {
  return { atMs, level, service, message, ...more };
}

/** `times` lines, the first at `atMs`. */
function repeat(
  times: number,
  atMs: number,
  everyMs: number,
  line: (atMs: number, i: number) => DrillLine,
): readonly DrillLine[] {
  return Array.from({ length: times }, (_, i) => line(atMs + i * everyMs, i));
}

const order = (id: number, more: Fields = {}): Fields => ({ order_id: `ORD-2048${id}`, ...more });

const SINGLE_ORDERS: readonly DrillLine[] = [
  say(
    -10 * MINUTE,
    'INFO',
    'payment',
    'payment succeeded',
    order(1001, { channel: 'alipay', status: 'SUCCESS' }),
  ),
  say(
    -6 * MINUTE,
    'INFO',
    'payment',
    'payment succeeded',
    order(1002, { channel: 'alipay', status: 'SUCCESS' }),
  ),
  say(-5 * MINUTE, 'INFO', 'inventory', 'inventory synced', order(1002)),
  say(
    -MINUTE,
    'INFO',
    'order',
    'order cancelled: no payment was found in time',
    order(1002, { order_state: 'CANCELLED' }),
  ),
  say(-48 * HOUR, 'INFO', 'order', 'parcel handed over', order(1003, { order_state: 'DELIVERED' })),
  say(-2 * MINUTE, 'INFO', 'order', 'order is on its way', order(1003, { order_state: 'SHIPPED' })),
  say(-72 * HOUR, 'INFO', 'order', 'order waits to be packed', order(1004, { order_state: 'PROCESSING' })),
  say(
    -42 * HOUR,
    'INFO',
    'order',
    'order still waits to be packed',
    order(1004, { order_state: 'PROCESSING' }),
  ),
  say(-24 * HOUR, 'INFO', 'order', 'order paid', order(1005, { order_state: 'PAID' })),
  say(-24 * HOUR, 'INFO', 'settlement', 'settlement completed, 129.00 CNY', order(1006)),
];

const SERVICES: readonly DrillLine[] = [
  ...repeat(5, -50 * SECOND, 10 * SECOND, (atMs, i) =>
    say(
      atMs,
      'ERROR',
      'order',
      'order_timeout: inventory did not answer within 3000 ms',
      order(1100 + i, { error_code: 'INVENTORY_TIMEOUT' }),
    ),
  ),
  ...repeat(10, -90 * SECOND, 9 * SECOND, (atMs, i) =>
    say(
      atMs,
      'ERROR',
      'payment',
      'payment gateway error: unionpay answered HTTP 502',
      order(1200 + i, { channel: 'unionpay', status: 'FAILED', error_code: 'GATEWAY_502' }),
    ),
  ),
  ...repeat(94, -9 * MINUTE, 5 * SECOND, (atMs, i) =>
    say(atMs, 'INFO', 'payment', 'card charged', order(1300 + i, { channel: 'card', status: 'SUCCESS' })),
  ),
  ...repeat(6, -60 * SECOND, 10 * SECOND, (atMs, i) =>
    say(
      atMs,
      'WARN',
      'payment',
      'card declined by the issuer',
      order(1400 + i, { channel: 'card', status: 'FAILED', error_code: 'DECLINED_51' }),
    ),
  ),
  ...repeat(290, -24 * HOUR - 15 * MINUTE, 5 * MINUTE, (atMs, i) =>
    say(
      atMs,
      'ERROR',
      'cart',
      'coupon could not be applied',
      order(1500 + (i % 100), { error_code: 'COUPON_GONE' }),
    ),
  ),
  ...repeat(25, -30 * SECOND, SECOND, (atMs, i) =>
    say(
      atMs,
      'ERROR',
      'cart',
      'price changed while the order was placed',
      order(1600 + i, { error_code: 'PRICE_CHANGED' }),
    ),
  ),
];

const PLATFORM: readonly DrillLine[] = [
  ...repeat(3, -4 * MINUTE, 2 * MINUTE - 5 * SECOND, (atMs, i) =>
    say(atMs, 'WARN', 'consumer', 'consumers are behind', { topic: 'orders', lag: 25_000 + 4_000 * i }),
  ),
  say(-24 * HOUR, 'INFO', 'certificates', 'certificate checked', { host: 'pay.example.com', days_left: 15 }),
  say(-10 * SECOND, 'INFO', 'certificates', 'certificate checked', {
    host: 'pay.example.com',
    days_left: 14,
  }),
  ...repeat(30, -35 * MINUTE + 20 * SECOND, MINUTE, (atMs) => say(atMs, 'INFO', 'inventory', 'heartbeat')),
  ...repeat(3, -30 * SECOND, 5 * SECOND, (atMs, i) =>
    say(atMs, 'ERROR', 'inventory', 'cannot lock stock: Redis refused the write', {
      ...order(1700 + i, { error_code: 'REDIS_OOM' }),
      error: { type: 'ReplyError', message: "OOM command not allowed when used memory > 'maxmemory'." },
    }),
  ),
];

/** Moves the time on. */
const tick = (atMs: number): DrillLine => say(atMs, 'INFO', 'order', 'order created');

/** Up to the moment at which every rule has fired. */
export const TROUBLE: readonly DrillLine[] = [...SINGLE_ORDERS, ...SERVICES, ...PLATFORM, tick(30 * SECOND)];

/** What heals what can be healed; the rest goes quiet. */
export const AFTERMATH: readonly DrillLine[] = [
  say(15 * MINUTE, 'INFO', 'inventory', 'inventory synced', order(1001)),
  say(20 * MINUTE, 'INFO', 'payment', 'refund completed', order(1002)),
  say(HOUR, 'INFO', 'order', 'order handed to the carrier', order(1004, { order_state: 'SHIPPED' })),
  say(2 * HOUR, 'INFO', 'order', 'order confirmed', order(1005, { order_state: 'CONFIRMED' })),
  say(3 * HOUR, 'INFO', 'payment', 'receipt confirmed', order(1006)),
  say(6 * MINUTE, 'INFO', 'consumer', 'consumers have caught up', { topic: 'orders', lag: 40 }),
  say(7 * MINUTE, 'INFO', 'inventory', 'heartbeat'),
  say(24 * HOUR, 'INFO', 'certificates', 'certificate checked', { host: 'pay.example.com', days_left: 89 }),
  tick(28 * HOUR),
];
