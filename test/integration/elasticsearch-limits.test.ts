/** The archive on Elasticsearch servers that take little: small bodies, little memory, short queues, no index by itself. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listDeadLetters } from '../../src/archive/dead-letters.ts';
import type { LogEvent } from '../../src/event/event.ts';
import type { CounterName, Labels } from '../../src/event/telemetry.ts';
import { archiveBatch, logEvent } from '../support/archived-events.ts';
import { elasticsearchIsOurs, elasticsearchRuns, startElasticsearch } from '../support/elasticsearch.ts';
import type { ElasticsearchServer } from '../support/elasticsearch.ts';
import { ArchiveBench, today } from '../support/elasticsearch-archive.ts';

function lines(count: number): LogEvent[] {
  return Array.from({ length: count }, (_, offset) => logEvent({ message: `order ${offset}` }, { offset }));
}

const OURS = elasticsearchRuns() && elasticsearchIsOurs();

describe.runIf(OURS)('the archive on a server that takes little', { timeout: 120_000 }, () => {
  let server: ElasticsearchServer;
  let bench: ArchiveBench;

  beforeAll(async () => {
    const settings = {
      'http.max_content_length': '10kb',
      'action.auto_create_index': 'false',
      'node.processors': '1',
      'thread_pool.write.queue_size': '1',
    };
    server = await startElasticsearch({ settings });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    bench = new ArchiveBench(server.url);
  });
  afterEach(() => bench.close());

  test('sends a body that is too big in parts and keeps aside the document that is too big alone (413)', async () => {
    const archive = await bench.archive(today);
    // gzip must not make the big line small
    const noise = Array.from({ length: 4_000 }, () => Math.random().toString(36).slice(2)).join(' ');
    const events = [...lines(300), logEvent({ message: noise }, { offset: 300 })];
    await archive.write(archiveBatch(events));
    expect(await archive.flush(60_000)).toBe(true);
    expect(await bench.count()).toBe(300);
    expect(
      (await listDeadLetters(bench.dataDir)).map(({ status, id }) => [status, id.split('-')[2]]),
    ).toEqual([[413, '300']]);
  });

  test('creates the index where the server does not (404)', async () => {
    const archive = await bench.archive(today);
    await archive.write(archiveBatch(lines(10)));
    expect(await archive.flush(60_000)).toBe(true);
    expect(await bench.count()).toBe(10);
    const mapping = await bench.ask('GET', `${bench.index}-2026.11.23/_mapping`);
    expect(JSON.stringify(mapping)).toContain('"raw":{"type":"flattened"');
  });

  test('sends again only the documents that a full queue refused (429)', async () => {
    const archive = await bench.archive({ ...today, limits: { documents: 20 } });
    await archive.write(archiveBatch(lines(1)));
    await archive.flush(60_000);
    const document = JSON.stringify({ message: 'x'.repeat(200) });
    const body = `{"create":{"_index":"${bench.index}-2026.11.23"}}\n${document}\n`.repeat(20);
    let others = 0;
    let refused = 0;
    const crowd = Array.from({ length: 40 }, async () => {
      const headers = { 'content-type': 'application/x-ndjson' };
      const answer = await fetch(`${server.url}/_bulk`, { method: 'POST', headers, body });
      const { items = [] } = (await answer.json()) as { items?: { create: { status: number } }[] };
      others += items.filter((item) => item.create.status === 201).length;
      refused += items.filter((item) => item.create.status === 429).length;
    });
    await archive.write(archiveBatch(lines(2_000)));
    await Promise.all(crowd);
    expect(refused).toBeGreaterThan(0);
    expect(await archive.flush(60_000)).toBe(true);
    expect(await bench.count()).toBe(2_000 + others);
    expect(await listDeadLetters(bench.dataDir)).toEqual([]);
  });
});

describe.runIf(OURS)(
  'the archive on a server with hardly any memory for writing',
  { timeout: 120_000 },
  () => {
    let server: ElasticsearchServer;
    let bench: ArchiveBench | undefined;

    beforeAll(async () => {
      server = await startElasticsearch({ settings: { 'indexing_pressure.memory.limit': '2kb' } });
    });
    afterAll(() => server.stop());
    afterEach(() => bench?.close());

    test('sends smaller requests when whole requests are refused (429)', async () => {
      bench = new ArchiveBench(server.url);
      const retries: Labels[] = [];
      const archive = await bench.archive(today, undefined, {
        count: (name: CounterName, labels: Labels) => {
          if (name === 'archive_retries') retries.push(labels);
        },
      });
      await archive.write(archiveBatch(lines(30)));
      expect(await archive.flush(60_000)).toBe(true);
      expect(retries.some((labels) => labels.status === 429)).toBe(true);
      expect(await bench.count()).toBe(30);
    });
  },
);
