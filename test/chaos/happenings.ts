/**
 * What happens to Tocsin in the chaos suite while orders flow. Each happening ends with everything as it was before; each says of which of
 * Tocsin's own rules people must have been told because of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { CAN_MOUNT } from '../support/mounted-disk.ts';
import { until } from '../support/tocsin-process.ts';
import { pause } from './load.ts';
import { PARTITIONS, TOPIC, type Stage } from './stage.ts';

export interface Happening {
  readonly name: string;
  run(stage: Stage): Promise<void>;
  /** Rules of Tocsin's own that people must have been told of afterwards. */
  readonly told?: readonly string[];
  /** Why it cannot happen here; it is left out then, and the tests name it among what is skipped. */
  readonly impossible?: string | undefined;
}

const kill: Happening = {
  name: 'killed at random moments and started again',
  async run(stage) {
    for (let i = 0; i < 5; i += 1) {
      await pause(500 + Math.random() * 6_000);
      await stage.kill();
      stage.start();
    }
  },
};

const processStopped: Happening = {
  name: 'the process stands still for 30 s (SIGSTOP)',
  async run(stage) {
    stage.tocsin().signal('SIGSTOP');
    await pause(30_000);
    stage.tocsin().signal('SIGCONT');
    await pause(5_000);
  },
};

const brokerStopped: Happening = {
  name: 'the broker stands still for 30 s (SIGSTOP): connections stay, nothing is answered',
  told: ['tocsin_source_unreachable'],
  async run(stage) {
    stage.kafka.pause();
    await pause(30_000);
    stage.kafka.resume();
    await pause(10_000);
  },
};

const brokerKilled: Happening = {
  name: 'the broker is killed and comes back after 25 s',
  told: ['tocsin_source_unreachable'],
  async run(stage) {
    await stage.kafka.kill();
    await pause(25_000);
    await stage.kafka.restart();
    await pause(10_000);
  },
};

const partitionsAdded: Happening = {
  name: 'the topic gets three more partitions, which are written to at once',
  async run(stage) {
    await stage.admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 2 * PARTITIONS }] });
    await pause(2_000);
    stage.load.spread(2 * PARTITIONS);
    await pause(15_000);
  },
};

const transactionCommitted: Happening = {
  name: 'a transaction stays open for 70 s and is committed',
  told: ['tocsin_time_held'],
  run: ({ load }) => load.transaction(70_000, true),
};

const transactionAborted: Happening = {
  name: 'a transaction stays open for 30 s and is aborted',
  run: ({ load }) => load.transaction(30_000, false),
};

const clockAhead: Happening = {
  name: 'the clock jumps an hour ahead for 40 s',
  told: ['tocsin_clock_jumped'],
  run: (stage) => jump(stage, 3_600_000),
};

const clockBehind: Happening = {
  name: 'the clock jumps 10 minutes back for 40 s',
  told: ['tocsin_clock_jumped'],
  run: (stage) => jump(stage, -600_000),
};

const startedInTheFuture: Happening = {
  name: 'a start with the clock 8 h ahead, corrected after 10 s',
  async run(stage) {
    await stage.kill();
    if (!stage.setClock(8 * 3_600_000)) throw new Error('the clock cannot be set here: install faketime');
    stage.start();
    await pause(10_000);
    stage.setClock(0);
    await pause(15_000);
  },
};

const diskFull: Happening = {
  name: 'the disk is full for 25 s',
  told: ['tocsin_state_unwritable'],
  impossible: CAN_MOUNT ? undefined : 'mounting a disk is for root',
  async run({ dataDir }) {
    const filler = join(dataDir, 'filler');
    const fill = spawn('sh', ['-c', `cat /dev/zero > '${filler}'`], { stdio: 'ignore' });
    await once(fill, 'exit');
    await pause(25_000);
    rmSync(filler);
    await pause(10_000);
  },
};

const archiveSilent: Happening = {
  name: 'Elasticsearch takes connections and never answers, for 45 s',
  told: ['tocsin_archive_behind'],
  async run({ proxy }) {
    proxy.mode('silent');
    await pause(45_000);
    proxy.mode('through');
    await pause(10_000);
  },
};

const archiveBusy: Happening = {
  name: 'Elasticsearch answers 429 to everything, for 40 s',
  told: ['tocsin_archive_behind'],
  async run({ proxy }) {
    proxy.mode('busy');
    await pause(40_000);
    proxy.mode('through');
    await pause(10_000);
  },
};

const templateLost: Happening = {
  name: 'template and indices of the archive are deleted: the day’s index has the right mapping again',
  async run(stage) {
    const { url } = stage.elasticsearch;
    await fetch(`${url}/order-logs-*?expand_wildcards=all`, { method: 'DELETE' });
    await fetch(`${url}/_index_template/*order-logs*`, { method: 'DELETE' });
    await until(async () => (await stage.documents()) > 100, 60_000);
    const answer = await fetch(`${url}/order-logs-*/_mapping`);
    const mappings = Object.values((await answer.json()) as Record<string, Mapping>);
    const types = mappings.map(({ mappings: { properties } }) => properties?.['order_id']?.type);
    if (mappings.length === 0 || types.some((type) => type !== 'keyword'))
      throw new Error(`an index has a guessed mapping: ${JSON.stringify(types)}`);
  },
};

interface Mapping {
  readonly mappings: { readonly properties?: Readonly<Record<string, { readonly type?: string }>> };
}

const foreignMapping: Happening = {
  name: 'an index has a foreign mapping: nothing is written to it, people are told, and it goes on without it',
  told: ['tocsin_archive_behind'],
  async run(stage) {
    const { url } = stage.elasticsearch;
    const day = new Date().toISOString().slice(0, 10);
    const answer = await fetch(`${url}/_cat/indices/order-logs-*?format=json&h=index`);
    const [{ index } = { index: `order-logs-${day}` }] = (await answer.json()) as readonly {
      index: string;
    }[];
    await fetch(`${url}/_index_template/*order-logs*`, { method: 'DELETE' });
    await fetch(`${url}/${index}`, { method: 'DELETE' });
    await fetch(`${url}/${index}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mappings: { properties: { message: { type: 'long' } } } }),
    });
    await pause(30_000);
    await fetch(`${url}/${index}`, { method: 'DELETE' });
    await until(async () => (await stage.documents()) > 100, 60_000);
  },
};

const retention: Happening = {
  name: 'lines are removed from the topic before they are read',
  told: ['tocsin_lines_lost'],
  async run(stage) {
    // Lines of orders must not be among them: what alerts are right is known of what was read alone.
    stage.load.orders(false);
    await pause(10_000);
    await stage.kill();
    await pause(3_000);
    const admin = new Kafka({ brokers: stage.kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const [end] = await admin.fetchTopicOffsets(TOPIC);
    await admin.deleteTopicRecords({
      topic: TOPIC,
      partitions: [{ partition: end!.partition, offset: end!.high }],
    });
    await admin.disconnect();
    stage.start();
    stage.load.orders(true);
    await pause(15_000);
  },
};

async function jump(stage: Stage, aheadMs: number): Promise<void> {
  if (!stage.setClock(aheadMs)) throw new Error('the clock cannot be set here: install faketime');
  await pause(40_000);
  stage.setClock(0);
  await pause(10_000);
}

/** In this order: what is lost for good comes last. */
export const ALL: readonly Happening[] = [
  ...[kill, processStopped, partitionsAdded, transactionCommitted, transactionAborted, diskFull],
  ...[clockAhead, clockBehind, startedInTheFuture, brokerStopped, brokerKilled],
  ...[archiveSilent, archiveBusy, templateLost, foreignMapping, kill, retention, kill, kill],
];

export const SHORT: readonly Happening[] = [partitionsAdded, processStopped, diskFull, kill];
