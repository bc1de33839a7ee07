/**
 * What a line from Kafka costs, on a broker of the bench's own: lines a second of the alerting side with one rule and of the source alone,
 * beside a bare loop of kafkajs, in turns; and the time from the sending of a line to its alert, or to a bare loop that finds it, at 10,000
 * and 50,000 lines a second. `node test/bench/kafka.bench.ts [LINES] [ROUNDS] [RATE,…]`. Broker, reader and sender share the machine.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startKafka } from '../support/kafka.ts';
import type { Latencies, Pass } from './edges/reading.ts';
import { median, startRole } from './edges/roles.ts';
import { emptyTopic, filledTopic, sendAtRate } from './edges/topic.ts';
import { figure } from './figure.ts';

const LINES = Number(process.argv[2] ?? 400_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const RATES = (process.argv[4] ?? '10000,50000').split(',').map(Number);
const LIVE_MS = 8_000;
const ROLES = ['bare', 'reader', 'alerting'] as const;
type RoleName = (typeof ROLES)[number];

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const FILE = join(import.meta.dirname, 'edges/reading.ts');

function startReading<T>(
  role: RoleName,
  brokers: readonly string[],
  topic: string,
  lines: number,
): ReturnType<typeof startRole<T>> {
  return startRole<T>(FILE, [role, brokers.join(), topic, String(lines)]);
}

async function compareRates(brokers: string[]): Promise<void> {
  const topic = await filledTopic(brokers, LINES);
  const rounds: Record<RoleName, Pass>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const passes: Partial<Record<RoleName, Pass>> = {};
    for (const role of ROLES) passes[role] = await startReading<Pass>(role, brokers, topic, LINES).result;
    rounds.push(passes as Record<RoleName, Pass>);
  }
  for (const role of ROLES) {
    const rate = median(rounds.map((round) => round[role].lines / (round[role].wallMs / 1_000)));
    const us = median(rounds.map((round) => (round[role].cpuMs * 1_000) / round[role].lines));
    const share = median(
      rounds.map((round) => round[role].lines / round[role].wallMs / (round.bare.lines / round.bare.wallMs)),
    );
    figure(`${role}: lines/s`, rate);
    figure(`${role}: µs of CPU time a line`, us);
    figure(`${role}: share of bare kafkajs`, share);
    say(
      `${role.padEnd(10)}${Math.round(rate).toLocaleString('en').padStart(10)} lines/s ${us.toFixed(2).padStart(8)} µs of CPU time a line ${(share * 100).toFixed(0).padStart(5)} % of bare kafkajs`,
    );
  }
}

/** `bare` and `reader` find the lines that `alerting` tells of: `bare` says what sender and broker give, `reader` what the source adds. */
async function measureLatency(brokers: string[], role: RoleName, rate: number): Promise<void> {
  const topic = await emptyTopic(brokers);
  const reading = startReading<Latencies>(role, brokers, topic, 0);
  await delay(3_000);
  const sent = await sendAtRate(brokers, topic, rate, LIVE_MS);
  await delay(1_000);
  reading.tell();
  const { alerts, p50Ms, p99Ms, cpuShare } = await reading.result;
  figure(`line → ${role} at ${rate} lines/s: p50 ms`, p50Ms);
  figure(`line → ${role} at ${rate} lines/s: p99 ms`, p99Ms);
  say(
    `${Math.round(sent.rate).toLocaleString('en')} lines/s, confirmed after p50 ${sent.p50Ms.toFixed(1)} ms, p99 ${sent.p99Ms.toFixed(1)} ms: line → ${role} p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (${alerts} lines found, ${(cpuShare * 100).toFixed(0)} % of a core)`,
  );
}

const server = await startKafka({ own: true });
try {
  if (ROUNDS > 0) await compareRates(server.brokers);
  for (const rate of RATES) for (const role of ROLES) await measureLatency(server.brokers, role, rate);
} finally {
  await server.stop();
}
