/**
 * A process that stores lines in Elasticsearch: `archiving.ts bare|compressed|tocsin NODE BROKERS TOPIC LINES`. `bare`: a loop that sends
 * requests made before, of the documents that Tocsin makes of the lines, four at a time; `compressed`: likewise, by a client that
 * compresses. `tocsin`: from Kafka, as `tocsin run` does. It sends an `ArchivePass` to its parent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { startArchiving } from '../../../src/app/pipeline/archiving.ts';
import { documentSource } from '../../../src/archive/elasticsearch/document.ts';
import { ElasticsearchArchive } from '../../../src/archive/elasticsearch/elasticsearch-archive.ts';
import { createDecoder } from '../../../src/ingest/decode/decoder.ts';
import { silent } from '../../../src/event/telemetry.ts';
import { openKafkaSource } from '../../../src/ingest/kafka/source.ts';
import { toElasticsearch } from '../../../src/rule/elasticsearch.ts';
import { makeBatch } from '../../support/byte-batch.ts';
import { rightClock } from '../../support/clock.ts';
import { kafkaSourceConfig } from '../../support/kafka-topic.ts';
import { orderLines } from '../lines/order-lines.ts';
import { orderSchema } from '../peers/order-schema.ts';

export interface ArchivePass {
  readonly documents: number;
  readonly wallMs: number;
  /** CPU time of all threads of this process. */
  readonly cpuMs: number;
}

const [ROLE, NODE, BROKER_LIST, TOPIC, LINES] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const LINE_COUNT = Number(LINES);
const INDEX = `bench-${process.pid}`;
const SCHEMA = orderSchema();
const IN_FLIGHT = 4;
const TOGETHER = 2_000;
/** The lines are of one day of 2025. */
const RETENTION_MS = 3_650 * 86_400_000;
const config = kafkaSourceConfig(BROKER_LIST.split(','), TOPIC, { group: INDEX });

function newArchive(dir: string): ElasticsearchArchive {
  const archive = { kind: 'elasticsearch', node: NODE, index: INDEX, retentionMs: RETENTION_MS } as const;
  return new ElasticsearchArchive(archive, SCHEMA, dir, silent, {
    toQuery: toElasticsearch,
    clock: rightClock(),
  });
}

/** Measures from the first documents that are stored until nearly all are, since the last ones wait for others. */
class Progress {
  #first = 0;
  #beganMs = 0;
  #cpu = process.cpuUsage();
  #pass: ArchivePass | undefined;

  /** Returns the pass once it is over. `stored`: documents that are stored by now. */
  see(stored: number): ArchivePass | undefined {
    if (this.#first === 0) {
      this.#first = stored;
      this.#beganMs = performance.now();
      this.#cpu = process.cpuUsage();
    } else if (stored >= LINE_COUNT * 0.95 && this.#pass === undefined) {
      const { user, system } = process.cpuUsage(this.#cpu);
      this.#pass = {
        documents: stored - this.#first,
        wallMs: performance.now() - this.#beganMs,
        cpuMs: (user + system) / 1_000,
      };
    }
    return this.#pass;
  }
}

/** Bodies of requests with the documents that Tocsin makes, and with ids of the same form. */
function requestBodies(): readonly string[] {
  const { lines } = orderLines(Math.min(LINE_COUNT, 100_000));
  const decoder = createDecoder(config, SCHEMA);
  const bodies: string[] = [];
  for (let from = 0; from < LINE_COUNT; from += TOGETHER) {
    const count = Math.min(TOGETHER, LINE_COUNT - from);
    const some = Array.from({ length: count }, (_, i) => lines[(from + i) % lines.length]!);
    const { events } = decoder.decode(makeBatch(some, { readAtMs: Date.now() }, from), undefined);
    const texts = events.map(
      (event, i) =>
        `{"create":{"_index":"${INDEX}-2025.01.01-write","_id":"orders-0-${from + i}-AAAAAAAAAAAA"}}\n${documentSource(event, SCHEMA)}\n`,
    );
    bodies.push(texts.join(''));
  }
  return bodies;
}

/** Sends a request, again where the server has no memory for it. */
async function sendBody(client: Client, bulkBody: string): Promise<void> {
  const querystring = { filter_path: 'errors,items.*.status' };
  const request = { method: 'POST', path: '/_bulk', querystring, bulkBody };
  for (;;) {
    const { statusCode, body } = await client.transport.request<{ readonly errors?: boolean }>(request, {
      meta: true,
      ignore: [429],
    });
    if (statusCode === 200 && body.errors === false) return;
    if (statusCode !== 429) throw new Error('a document was refused');
    await setTimeout(100);
  }
}

async function bare(compression: boolean): Promise<ArchivePass> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  // Template and index are Tocsin's own: its archive makes them for the first line.
  const archive = newArchive(dir);
  await archive.open();
  const batch = makeBatch(orderLines(1).lines, { partition: 1, readAtMs: Date.now() });
  const decoded = createDecoder(config, SCHEMA).decode(batch, undefined);
  await archive.write({ batch, decoded: () => Promise.resolve(decoded) });
  if (!(await archive.flush(30_000))) throw new Error('the index was not made');
  const bodies = requestBodies();
  const client = new Client({ node: NODE, compression, maxRetries: 0 });
  const progress = new Progress();
  let stored = 0;
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < bodies.length) {
      await sendBody(client, bodies[next++]!);
      stored += TOGETHER;
      progress.see(stored);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
  const result = progress.see(stored)!;
  await client.close();
  await archive.close();
  rmSync(dir, { recursive: true });
  return result;
}

async function tocsin(): Promise<ArchivePass> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const archive = newArchive(dir);
  await archive.open();
  const clock = rightClock();
  const source = await openKafkaSource(config, silent, clock);
  const progress = new Progress();
  const loops = await startArchiving({
    sources: [{ config, source }],
    archive,
    schema: SCHEMA,
    telemetry: silent,
    clock,
  });
  let result: ArchivePass | undefined;
  while (result === undefined) {
    await setTimeout(10);
    result = progress.see(archive.status().stored);
  }
  await Promise.all(loops.map((loop) => loop.end()));
  await source.close();
  await archive.close();
  rmSync(dir, { recursive: true });
  return result;
}

const roles: Readonly<Record<string, () => Promise<ArchivePass>>> = {
  bare: () => bare(false),
  compressed: () => bare(true),
  tocsin,
};
// The bench has ended early.
process.on('disconnect', () => process.exit());
process.send!(await roles[ROLE]!());
process.disconnect();
