/** A topic with the lines of the benches, on a Kafka of the bench's own, and lines that are sent at a steady rate. */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { kafkaBench } from '../../support/kafka-topic.ts';
import { orderLines } from '../lines/order-lines.ts';

export const PARTITIONS = 4;
/** The word that the rule of the benches looks for. No line of the corpus has it. */
export const WANTED = 'quenchable';
/** Lines of a request. */
const SENT_TOGETHER = 1_000;
const EVERY_MS = 5;
const TOGETHER_MAX = 4_000;
/** One line in so many is wanted. */
const WANTED_EVERY = 500;

/** Fills a new topic with `count` lines, and returns its name. */
export async function filledTopic(brokers: string[], count: number): Promise<string> {
  const bench = await kafkaBench(brokers);
  const topic = await bench.topic(PARTITIONS);
  const { lines } = orderLines(Math.min(count, 100_000));
  for (let from = 0; from < count; from += SENT_TOGETHER * PARTITIONS) {
    const sends: Promise<void>[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const first = from + partition * SENT_TOGETHER;
      const many = Math.min(SENT_TOGETHER, count - first);
      if (many <= 0) break;
      const some = Array.from({ length: many }, (_, i) => lines[(first + i) % lines.length]!);
      sends.push(bench.send(topic, partition, some));
    }
    await Promise.all(sends);
  }
  await bench.close();
  return topic;
}

export async function emptyTopic(brokers: string[]): Promise<string> {
  const bench = await kafkaBench(brokers);
  const topic = await bench.topic(PARTITIONS);
  await bench.close();
  return topic;
}

export interface Sent {
  /** The rate that was reached, lines per second. */
  readonly rate: number;
  /** From the making of lines until the broker has confirmed them. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends lines of this moment, `rate` a second, for `durationMs`. The confirmations of the first second are not counted. */
export async function sendAtRate(
  brokers: string[],
  topic: string,
  rate: number,
  durationMs: number,
): Promise<Sent> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const rests = orderLines(20_000).lines.map((line) => line.slice(line.indexOf('","level"')));
  const beganMs = performance.now();
  const pending = new Set<Promise<unknown>>();
  const confirmedMs: number[] = [];
  let sent = 0;
  for (;;) {
    const sinceMs = performance.now() - beganMs;
    if (sinceMs > durationMs) break;
    const due = Math.min(TOGETHER_MAX, Math.floor((sinceMs / 1_000) * rate) - sent);
    // The requests that are not answered yet are bounded, so that a slow broker lowers the rate.
    if (due > 0 && pending.size < 32) {
      const sending = producer.send({ topic, messages: messagesOf(rests, sent, due) });
      const madeMs = performance.now();
      const done = sending.finally(() => {
        pending.delete(done);
        if (madeMs - beganMs > 1_000) confirmedMs.push(performance.now() - madeMs);
      });
      pending.add(done);
      sent += due;
    }
    await delay(EVERY_MS);
  }
  await Promise.all(pending);
  const rateReached = sent / ((performance.now() - beganMs) / 1_000);
  await producer.disconnect();
  return { rate: rateReached, ...percentiles(confirmedMs) };
}

export function percentiles(values: readonly number[]): Pick<Sent, 'p50Ms' | 'p99Ms'> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function messagesOf(
  rests: readonly string[],
  first: number,
  count: number,
): { readonly value: string; readonly partition: number }[] {
  const now = performance.timeOrigin + performance.now();
  const time = new Date(now).toISOString();
  return Array.from({ length: count }, (_, i) => {
    const number = first + i;
    const rest = rests[number % rests.length]!;
    const wanted = number % WANTED_EVERY === 0;
    // A wanted line says when it was sent, to a fraction of a millisecond.
    const mark = wanted ? `","why":"${WANTED}","sent":"${now.toFixed(2)}-${number}` : '';
    const value = `{"@timestamp":"${time}${mark}${rest}`;
    return { value, partition: i % PARTITIONS };
  });
}
