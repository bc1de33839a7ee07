/**
 * A process that reads a topic to an end: `reading.ts bare|reader|alerting BROKERS TOPIC LINES`. `bare`: a loop of kafkajs that counts.
 * `reader`: the source alone. `alerting`: decoding, one rule, detector and journal on the disk. It sends a `Pass` to its parent when `LINES` lines are
 * read. With `LINES` 0 it reads until it is sent a message, and then sends the `Latencies`.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { openStateStore } from '../../../src/detect/store/store.ts';
import { silent } from '../../../src/event/telemetry.ts';
import { makeSchema } from '../../../src/event/schema.ts';
import { openKafkaSource } from '../../../src/ingest/kafka/source.ts';
import type { LogSource } from '../../../src/ingest/source.ts';
import type { Ruleset } from '../../../src/rule/ast.ts';
import { loadRuleTexts } from '../../../src/rule/load.ts';
import { startAlertingOver } from '../../support/alerting-run.ts';
import { rightClock } from '../../support/clock.ts';
import { kafkaSourceConfig } from '../../support/kafka-topic.ts';
import { orderContext } from '../../support/rule-context.ts';
import { orderSchema } from '../peers/order-schema.ts';
import { quietEngine } from '../quiet-engine.ts';
import { percentiles, WANTED } from './topic.ts';

export interface Pass {
  readonly lines: number;
  /** From the first lines on. */
  readonly wallMs: number;
  /** CPU time of all threads, from the first lines on. */
  readonly cpuMs: number;
}

export interface Latencies {
  readonly alerts: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuShare: number;
}

const [ROLE, BROKER_LIST, TOPIC, LINES] = process.argv.slice(2) as [string, string, string, string];
const BROKERS = BROKER_LIST.split(',');
const LINE_COUNT = Number(LINES);

interface Progress {
  /** Counts lines; true when all are read. */
  take(lines: number): boolean;
  pass(): Pass;
}

/** The first lines are not counted: they pay for the start. */
function newProgress(): Progress {
  let lines = -1;
  let beganMs = 0;
  let cpu = process.cpuUsage();
  let read = 0;
  return {
    take(more) {
      read += more;
      if (lines >= 0) lines += more;
      else {
        lines = 0;
        beganMs = performance.now();
        cpu = process.cpuUsage();
      }
      return read >= LINE_COUNT;
    },
    pass() {
      const { user, system } = process.cpuUsage(cpu);
      return { lines, wallMs: performance.now() - beganMs, cpuMs: (user + system) / 1_000 };
    },
  };
}

/** Reads with kafkajs alone, as Tocsin asks for records, until `ended` resolves. */
async function bareUntil<T>(ended: Promise<T>, take: (values: readonly Buffer[]) => void): Promise<T> {
  const kafka = new kafkajs.Kafka({ brokers: BROKERS, logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: `bare-${process.pid}`,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 16 << 20,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      take(batch.messages.map(({ value }) => value!));
      return Promise.resolve();
    },
  });
  const result = await ended;
  await consumer.disconnect();
  return result;
}

async function bare(): Promise<Pass> {
  const progress = newProgress();
  const done = Promise.withResolvers<Pass>();
  let bytes = 0;
  const pass = await bareUntil(done.promise, (values) => {
    for (const value of values) bytes += value.length;
    if (progress.take(values.length)) done.resolve(progress.pass());
  });
  if (bytes === 0) throw new Error('nothing was read');
  return pass;
}

/** Tells of the lines for which the rule of the alerting side looks. */
function finding(onAlert: (sent: string) => void): (text: Buffer) => void {
  const sentAt = /"sent":"([^"]+)"/gu;
  return (text) => {
    if (text.includes(WANTED)) for (const [, sent] of text.toString().matchAll(sentAt)) onAlert(sent!);
  };
}

function bareLive(): Promise<Latencies> {
  const { ended, onAlert } = newLive();
  const find = finding(onAlert);
  return bareUntil(ended, (values) => {
    for (const value of values) find(value);
  });
}

const config = kafkaSourceConfig(BROKERS, TOPIC, { group: `tocsin-${process.pid}` });
const openSource = (): Promise<LogSource> => openKafkaSource(config, silent, rightClock());

async function reader(): Promise<Pass> {
  const progress = newProgress();
  const source = await openSource();
  const opened = await source.open({ purpose: 'alert', position: () => undefined });
  for (;;) {
    const batch = await opened.next(1_000);
    if (batch === undefined) continue;
    opened.durable(batch.partition, batch.next);
    if (progress.take(batch.offsets.length)) break;
  }
  const pass = progress.pass();
  await source.close();
  return pass;
}

async function readerLive(): Promise<Latencies> {
  const live = newLive();
  const find = finding(live.onAlert);
  const over = new AbortController();
  const ended = live.ended.finally(() => over.abort());
  const source = await openSource();
  const opened = await source.open({ purpose: 'alert', position: () => undefined });
  while (!over.signal.aborted) {
    const batch = await opened.next(100);
    if (batch === undefined) continue;
    opened.durable(batch.partition, batch.next);
    find(Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length));
  }
  await source.close();
  return await ended;
}

interface Told {
  readonly onAlert: (sent: string) => void;
  readonly onLines: (lines: number) => void;
}

/** As many texts as a configuration names where it names none, and the one of the rule. */
const SEARCHED = ['level', 'service', 'message', 'error.type', 'error.stack', 'why'];

/** The rules in force: one, which looks for a rare word. */
function oneRule(): Ruleset {
  const more = [
    { name: 'why', type: 'text' as const, paths: ['why'] },
    { name: 'sent', type: 'keyword' as const, paths: ['sent'] },
  ];
  const { fields } = orderSchema();
  const schema = makeSchema([...fields, ...more], SEARCHED);
  const rule = `rule one { when ${WANTED}  alert count >= 1 within 1m by sent }`;
  const { ruleset } = loadRuleTexts([{ file: 'r.rule', text: rule }], { ...orderContext, schema });
  if (ruleset === undefined) throw new Error('the rule is wrong');
  return ruleset;
}

/** Runs the alerting side, as `tocsin run` does, until `ended` resolves. */
async function alerting<T>(ended: Promise<T>, { onAlert, onLines }: Told): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const ruleset = oneRule();
  const store = openStateStore(join(dir, 'state.db'));
  const engine = quietEngine(store, {
    onTransitions(transitions) {
      // A firing that was told early is recorded again when it is final.
      for (const { kind, announce, episode } of transitions)
        if (kind === 'fired' && announce) onAlert(String(episode.group['sent']));
    },
  });
  const clock = rightClock();
  const source = await openSource();
  const onRead = ({ events }: { readonly events: number }): void => onLines(events);
  const running = await startAlertingOver({ config, source, ruleset, store, engine, clock, onRead });
  const result = await ended;
  for (const loop of running.loops) loop.stop();
  await Promise.all(running.loops.map((loop) => loop.ended));
  await engine.close();
  await source.close();
  store.close();
  rmSync(dir, { recursive: true });
  return result;
}

async function alertingToEnd(): Promise<Pass> {
  const progress = newProgress();
  const done = Promise.withResolvers<Pass>();
  const onLines = (lines: number): void => {
    if (progress.take(lines)) done.resolve(progress.pass());
  };
  return await alerting(done.promise, { onLines, onAlert: () => undefined });
}

const alertingLive = (): Promise<Latencies> => {
  const { ended, onAlert } = newLive();
  return alerting(ended, { onAlert, onLines: () => undefined });
};

/** Measures until the process is told to end. The first second is not counted. */
function newLive(): { readonly ended: Promise<Latencies>; readonly onAlert: (sent: string) => void } {
  const latencies: number[] = [];
  let cpu = process.cpuUsage();
  let beganMs = 0;
  const onAlert = (sent: string): void => {
    const now = performance.timeOrigin + performance.now();
    if (beganMs === 0) beganMs = now;
    if (now - beganMs < 1_000) cpu = process.cpuUsage();
    else latencies.push(now - Number(sent.split('-')[0]));
  };
  const ended = once(process, 'message').then(() => {
    const { user, system } = process.cpuUsage(cpu);
    const elapsedMs = performance.timeOrigin + performance.now() - beganMs - 1_000;
    const cpuShare = (user + system) / 1_000 / elapsedMs;
    return { alerts: latencies.length, ...percentiles(latencies), cpuShare };
  });
  return { ended, onAlert };
}

const roles: Readonly<Record<string, () => Promise<Pass | Latencies>>> = {
  bare: LINE_COUNT === 0 ? bareLive : bare,
  reader: LINE_COUNT === 0 ? readerLive : reader,
  alerting: LINE_COUNT === 0 ? alertingLive : alertingToEnd,
};
// The bench has ended early.
process.on('disconnect', () => process.exit());
process.send!(await roles[ROLE]!());
process.disconnect();
