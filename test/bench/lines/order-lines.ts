/**
 * The lines that the benches read: JSON of an order service, 535 bytes on average. Their words follow Zipf's law over 20,000 made-up words,
 * as those of running text do. The order of the draws is part of the result: line `i` depends on all lines before it.
 */
import { draws, type Draws } from './random.ts';

export interface OrderLines {
  /** The 20,000 words, the most common first. */
  readonly words: readonly string[];
  /** Lines without their newline. */
  readonly lines: readonly string[];
}

export const SERVICES = [
  'order-service',
  'order-api',
  'inventory-service',
  'payment-service',
  'fulfilment-worker',
  'pricing-service',
];

export const FAULTS = [
  'order_timeout',
  'inventory_rollback',
  'payment_declined',
  'deadlock_detected',
  'duplicate_order',
  'stock_reservation_failed',
  'circuit_open',
  'upstream_5xx',
];

export const WORD_COUNT = 20_000;
/** Lines of the whole corpus. */
export const LINE_COUNT = 100_000;

const SYLLABLES =
  'or der in ven pay ment ship cart lock sku ware house re fund time out roll back que ue cach ed re try tok en ses sion pro mo tax aud it bat ch sync ack com mit ab ort'.split(
    ' ',
  );
const SEED = 42;
const BEGIN_MS = Date.UTC(2025, 0, 1);
const APART_MS = 3;
const STATUSES = [200, 200, 200, 201, 400, 404, 409, 500, 503];
const EXCEPTIONS = ['OrderTimeoutException', 'StockException', 'PaymentGatewayError'];

export function orderLines(count = LINE_COUNT): OrderLines {
  const random = draws(SEED);
  const words = inventedWords(random);
  const word = wordsByRank(random, words);
  return { words, lines: Array.from({ length: count }, (_, i) => line(i, random, word)) };
}

function inventedWords(random: Draws): readonly string[] {
  const words = new Set<string>();
  const syllable = (): string => random.pick(SYLLABLES);
  while (words.size < WORD_COUNT) {
    let word = syllable() + syllable();
    if (random.next() < 0.6) word += syllable();
    if (random.next() < 0.35) word += `_${syllable()}${syllable()}`;
    if (word.length >= 4) words.add(word);
  }
  return [...words];
}

/** Draws a word, the one of rank r as often as 1 / (r + 3) ^ 1.05. */
function wordsByRank(random: Draws, words: readonly string[]): () => string {
  const upTo = new Float64Array(words.length);
  let total = 0;
  for (let rank = 0; rank < words.length; rank++) {
    total += 1 / Math.pow(rank + 3, 1.05);
    upTo[rank] = total;
  }
  for (let rank = 0; rank < words.length; rank++) upTo[rank]! /= total;
  return () => {
    const drawn = random.next();
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return words[low]!;
  };
}

function levelOf(drawn: number): string {
  if (drawn < 0.72) return 'INFO';
  if (drawn < 0.88) return 'DEBUG';
  return drawn < 0.95 ? 'WARN' : 'ERROR';
}

function line(i: number, random: Draws, word: () => string): string {
  const level = levelOf(random.next());
  const isError = level === 'ERROR';
  const message = Array.from({ length: 8 + random.below(18) }, word);
  if (isError) message.splice(2, 0, random.pick(FAULTS), 'after', `${random.below(9000)}ms`);
  return JSON.stringify({
    '@timestamp': new Date(BEGIN_MS + i * APART_MS).toISOString(),
    level,
    service: random.pick(SERVICES),
    host: `ip-10-${random.below(256)}-${random.below(256)}-${random.below(256)}`,
    pid: random.below(40_000),
    trace_id: hex(random, 32),
    span_id: hex(random, 16),
    order_id: `ORD-${random.below(1e6)}`,
    user_id: random.below(1e6),
    status: random.pick(STATUSES),
    duration_ms: Math.round(random.next() * 250_000) / 100,
    message: message.join(' ') + (random.next() < 0.05 ? ' path=\\"C:\\tmp\\"' : ''),
    ...(random.next() < 0.5 && { http: request(random) }),
    ...((isError || random.next() < 0.05) && { error: exception(random, word) }),
  });
}

function request(random: Draws): object {
  return {
    method: random.pick(['GET', 'POST', 'PUT']),
    path: `/api/v1/orders/${random.below(1e6)}/items`,
    client_ip: `192.168.${random.below(256)}.${random.below(256)}`,
  };
}

function exception(random: Draws, word: () => string): object {
  const frame = (): string => `${word()}(${word()}.java:${random.below(900)})`;
  return {
    type: `com.acme.${random.pick(EXCEPTIONS)}`,
    stack: `at com.acme.order.${frame()} at com.acme.core.${frame()}`,
  };
}

function hex(random: Draws, digits: number): string {
  let text = '';
  while (text.length < digits) text += random.below(65_536).toString(16).padStart(4, '0');
  return text;
}
