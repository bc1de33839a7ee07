/** The archive on a real Elasticsearch: what is stored, how it is found, what becomes of each refusal, crash and replay. */
import { rightClock } from '../support/clock.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { listDeadLetters } from '../../src/archive/dead-letters.ts';
import type { ElasticsearchArchive } from '../../src/archive/elasticsearch/elasticsearch-archive.ts';
import { retryDeadLetters } from '../../src/archive/elasticsearch/retry-dead-letters.ts';
import type { JsonObject, LogEvent, Schema } from '../../src/event/event.ts';
import {
  archiveBatch,
  collect,
  condition,
  logEvent,
  orderSchema,
  SOME_TIME_MS,
} from '../support/archived-events.ts';
import { elasticsearchIsOurs, elasticsearchRuns, startElasticsearch } from '../support/elasticsearch.ts';
import type { ElasticsearchServer } from '../support/elasticsearch.ts';
import { ArchiveBench, DAY_MS } from '../support/elasticsearch-archive.ts';

const versions =
  process.env.CI === 'true' || process.env.TOCSIN_TEST_ES8 === '1' ? (['9', '8'] as const) : (['9'] as const);
/** Far more than is needed, on a machine that does a lot beside. */
const WITHIN_MS = 60_000;

const today = { clock: rightClock(() => SOME_TIME_MS) };
const everything = {
  condition: condition.not(condition.value('nothing says this')),
  limit: 1_000_000,
  matches: () => false,
};

function lines(from: number, to: number, partition = 0): LogEvent[] {
  return Array.from({ length: to - from }, (_, i) =>
    logEvent(
      { message: `order ${from + i}`, order_id: `A${from + i}` },
      { offset: from + i, partition, timeMs: SOME_TIME_MS + from + i },
    ),
  );
}

/** A schema under which an index comes to refuse order ids that are no booleans. */
const withBooleanOrderId = ((): Schema => {
  const fields = orderSchema.fields.map((field) =>
    field.name === 'order_id' ? { ...field, type: 'boolean' as const } : field,
  );
  return { ...orderSchema, fields, byName: new Map(fields.map((field) => [field.name, field])) };
})();

describe.runIf(elasticsearchRuns()).each(versions)(
  'the archive on Elasticsearch %s',
  { timeout: 120_000 },
  (version) => {
    let server: ElasticsearchServer;
    let bench: ArchiveBench;

    beforeAll(async () => {
      server = await startElasticsearch({ version });
    });
    afterAll(() => server.stop());
    beforeEach(() => {
      bench = new ArchiveBench(server.url);
    });
    afterEach(() => bench.close());

    async function stored(archive: ElasticsearchArchive, events: readonly LogEvent[]): Promise<void> {
      await archive.write(archiveBatch(events));
      expect(await archive.flush(WITHIN_MS)).toBe(true);
    }

    test('stores each line once under its day and gives it back newest first', async () => {
      const archive = await bench.archive(today);
      const durable: number[] = [];
      archive.onDurable = (_source, _partition, position) => durable.push(position.offset);
      for (let from = 0; from < 2_500; from += 500)
        await archive.write(archiveBatch(lines(from, from + 500)));
      expect(await archive.flush(WITHIN_MS)).toBe(true);
      expect(durable).toEqual([500, 1_000, 1_500, 2_000, 2_500]);
      expect(await bench.indices()).toEqual(['2026.11.23']);
      expect(await bench.count()).toBe(2_500);
      const hits = await collect(archive.search(everything));
      expect(hits.map((hit) => hit.line)).toEqual(
        lines(0, 2_500)
          .reverse()
          .map((event) => event.line),
      );
      const some = { ...everything, sinceMs: SOME_TIME_MS + 10, untilMs: SOME_TIME_MS + 19, limit: 3 };
      expect((await collect(archive.search(some))).map((hit) => hit.document.order_id)).toEqual([
        'A19',
        'A18',
        'A17',
      ]);
    });

    test('writes fields as rules see them, found under their names and under raw', async () => {
      const archive = await bench.archive(today);
      const document = {
        level: 'error',
        service: ['a', { no: 1 }, 'b'],
        status: '500',
        duration_ms: 'slow',
        paid: '',
        due: 1_790_000_000_000,
        error: { message: 'Gateway timeout' },
        extra: { deep: [1, { x: 'y' }] },
      };
      await stored(archive, [
        logEvent(document),
        logEvent({ message: 'x' }, { offset: 1, timeliness: 'too_late', timeInferred: true }),
      ]);
      await bench.count();
      const found = async (query: object): Promise<unknown> => {
        const { hits } = await bench.ask('POST', `${bench.index}-*/_search`, { query });
        return (hits as { hits: { _source: Record<string, unknown> }[] }).hits.map(
          ({ _source }) => _source['tocsin.offset'],
        );
      };
      for (const query of [
        { term: { level: 'ERROR' } },
        { term: { service: 'b' } },
        { term: { status: 500 } },
        { term: { paid: false } },
        { match_phrase: { 'error.message': 'gateway timeout' } },
        { term: { 'raw.extra.deep.x': 'y' } },
        { term: { 'raw.level': 'error' } },
        { range: { due: { gte: '2026-09-21T00:00:00.000Z' } } },
        { query_string: { query: '"gateway timeout"' } },
      ]) {
        expect([query, await found(query)]).toEqual([query, [0]]);
      }
      expect(await found({ term: { 'tocsin.timeliness': 'too_late' } })).toEqual([1]);
      expect(await found({ term: { 'tocsin.time_inferred': true } })).toEqual([1]);
      expect(await found({ exists: { field: 'duration_ms' } })).toEqual([]);
    });

    test('finds by its id what a replay brings again, and goes on from the recorded position', async () => {
      const archive = await bench.archive(today);
      await stored(archive, lines(0, 100));
      await archive.close();
      const again = await bench.archive(today);
      expect(again.position('orders', 0)).toEqual({
        position: { offset: 100, proof: 'proof of 100' },
        timing: '{}',
      });
      await stored(again, lines(50, 150));
      expect(await bench.count()).toBe(150);
      await stored(again, [logEvent({ message: 'a topic that was created anew' })]);
      expect(await bench.count()).toBe(151);
    });

    test('puts events without a credible day aside, and a replay on another day decides the same', async () => {
      const events = [-40 * DAY_MS, -20 * DAY_MS, 1 * DAY_MS, 2 * DAY_MS, -SOME_TIME_MS - 1].map(
        (ms, offset) => logEvent({ message: `at ${ms}` }, { offset, timeMs: SOME_TIME_MS + ms }),
      );
      const archive = await bench.archive(today);
      await stored(archive, events);
      const before = await bench.indices();
      expect(before.sort()).toEqual(['2026.11.03', '2026.11.24', 'undated']);
      expect(await bench.count('undated')).toBe(3);
      await archive.close();
      // A crash before the position was recorded: the batch comes again, two days later.
      const positions = new DatabaseSync(join(bench.dataDir, 'archive.db'));
      positions.exec('DELETE FROM bulk_positions');
      positions.close();
      const later = await bench.archive({ clock: rightClock(() => SOME_TIME_MS + 2 * DAY_MS) });
      await stored(later, events);
      await stored(later, [logEvent({ message: 'new' }, { offset: 5, timeMs: SOME_TIME_MS + 3 * DAY_MS })]);
      expect(await bench.count()).toBe(6);
      expect(await bench.count('undated')).toBe(3);
      expect(await bench.indices()).toContain('2026.11.26');
    });

    test('deletes the daily indices of days before the retention and nothing else', async () => {
      const archive = await bench.archive(today);
      const days = [-29 * DAY_MS, 0, -400 * DAY_MS];
      await stored(
        archive,
        days.map((ms, offset) => logEvent({ message: 'm' }, { offset, timeMs: SOME_TIME_MS + ms })),
      );
      await archive.close();
      const in2Days = { clock: rightClock(() => SOME_TIME_MS + 2 * DAY_MS) };
      const later = await bench.archive(in2Days);
      await stored(later, [logEvent({ message: 'm' }, { offset: 3, timeMs: SOME_TIME_MS + 2 * DAY_MS })]);
      await later.close();
      await bench.archive(in2Days);
      await vi.waitFor(
        async () => expect((await bench.indices()).sort()).toEqual(['2026.11.23', '2026.11.25', 'undated']),
        10_000,
      );
    });

    test('never refuses a document: deep, long, with NUL and odd keys, each is stored, found and given back', async () => {
      const archive = await bench.archive(today);
      let deep: Record<string, unknown> = { leaf: 'bottom' };
      for (let i = 0; i < 30; i++) deep = { [`d${i}`]: i % 3 === 0 ? [deep] : deep };
      const tooDeep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
      const documents: [string, unknown][] = [
        ['deep', deep],
        ['nul', { 'a\0b': { '\0': 'x\0y' }, v: '\0' }],
        ['leaf', { long: 'x'.repeat(40_000), wide: '支'.repeat(20_000), edge: '支'.repeat(8_191) }],
        [
          'keys',
          { ['k'.repeat(40_000)]: 'v', ['支'.repeat(3_000)]: { ['x'.repeat(6_000)]: '支'.repeat(8_191) } },
        ],
        [
          'odd',
          {
            '': 1,
            '.': 2,
            '..': { '.a': 3 },
            ' ': 4,
            'a.b': 5,
            a: { b: 6 },
            $x: null,
            raw: {},
            _id: 'y',
            '@timestamp': 'no',
          },
        ],
        ['many', Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]))],
        ['proto', JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1}}')],
        ['lone', { '\udc00': 'x \ud800 y' }],
        ['numbers', { a: 1e308, b: -0.1, c: 2 ** 70, d: [1, 'two', null, true, [[]], {}] }],
        [
          'keyword',
          { service: 'x'.repeat(9_000), order_id: '支'.repeat(8_191), message: 'y'.repeat(600_000) },
        ],
      ];
      const events = documents.map(([name, value], offset) =>
        logEvent({ error: { message: `find ${name}` }, level: name, ...(value as object) }, { offset }),
      );
      const line = `{"error":{"message":"find abyss"},"abyss":${tooDeep}}`;
      events.push(logEvent(JSON.parse(line) as never, { offset: events.length, line }));
      await stored(archive, events);
      expect(await listDeadLetters(bench.dataDir)).toEqual([]);
      expect(await bench.count()).toBe(events.length);
      const hits = await collect(archive.search(everything));
      for (const event of events) {
        const hit = hits.find((found) => found.id.startsWith(`orders-0-${event.position.offset}-`));
        expect(hit?.line === event.line).toBe(true);
        if (event.line !== line)
          expect(JSON.stringify(hit?.document) === JSON.stringify(event.document)).toBe(true);
      }
      const { count } = await bench.ask('POST', `${bench.index}-*/_count`, {
        query: { term: { 'raw.error.message': 'find deep' } },
      });
      expect(count).toBe(1);
    });

    test('keeps for good what the store refuses for good, beside what it takes, with the reason', async () => {
      // An index of before, whose field has another type.
      const before = await bench.archive(today, withBooleanOrderId);
      await stored(before, [logEvent({ message: 'before' })]);
      await before.close();
      const name = `${bench.index}-2026.11.23`;
      const archive = await bench.archive(today);
      await stored(archive, [
        logEvent({ message: 'm', order_id: 'A1' }, { offset: 1 }),
        logEvent({ message: 'm' }, { offset: 2 }),
      ]);
      expect(await bench.count()).toBe(2);
      expect(archive.position('orders', 0)?.position.offset).toBe(3);
      expect(archive.status()).toMatchObject({ stored: 1, deadLetters: 1 });
      const [letter, ...others] = await listDeadLetters(bench.dataDir);
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        index: name,
        status: 400,
        type: 'document_parsing_exception',
        document: { order_id: 'A1' },
      });
      expect(letter?.id).toMatch(/^orders-0-1-/);
      expect(letter?.reason).toContain('order_id');
      expect(
        readFileSync(join(bench.dataDir, 'dead-letters.ndjson'), 'utf8').trimEnd().split('\n'),
      ).toHaveLength(1);
    });

    test('sends dead letters again when their cause is mended, and keeps those that are refused again', async () => {
      const [first, second] = [`${bench.index}-2026.11.23`, `${bench.index}-2026.11.22`];
      const both = (offset: number, document: JsonObject): LogEvent[] => [
        logEvent(document, { offset }),
        logEvent(document, { offset: offset + 1, timeMs: SOME_TIME_MS - DAY_MS }),
      ];
      const before = await bench.archive(today, withBooleanOrderId);
      await stored(before, both(0, { message: 'before' }));
      await before.close();
      const archive = await bench.archive(today);
      await stored(archive, both(2, { message: 'm', order_id: 'A1' }));
      await bench.ask('DELETE', first);
      expect(await retryDeadLetters(bench.config, orderSchema, bench.dataDir)).toEqual({
        stored: 1,
        kept: 1,
      });
      expect((await listDeadLetters(bench.dataDir)).map(({ index }) => index)).toEqual([second]);
      expect(await bench.count()).toBe(2);
      const nowhere = { ...bench.config, node: 'http://127.0.0.1:9' };
      await expect(retryDeadLetters(nowhere, orderSchema, bench.dataDir)).rejects.toThrow(
        /cannot be reached/,
      );
      expect(await listDeadLetters(bench.dataDir)).toHaveLength(1);
    });

    test('makes dead letters of what a closed index does not take', async () => {
      const archive = await bench.archive(today);
      await stored(archive, lines(0, 1));
      await bench.ask('POST', `${bench.index}-2026.11.23/_close`);
      await stored(archive, lines(1, 3));
      expect((await listDeadLetters(bench.dataDir)).map((letter) => letter.type)).toEqual([
        'index_closed_exception',
        'index_closed_exception',
      ]);
    });

    test.each([
      [
        'a write block of the index (403)',
        'index.blocks.write',
        /403, cluster_block_exception.*set index\.blocks/,
      ],
      ['a full disk (429)', 'index.blocks.read_only_allow_delete', /429, cluster_block_exception.*make room/],
    ])('waits for the end of %s, says so, and loses nothing', async (_title, setting, problem) => {
      const archive = await bench.archive(today);
      await stored(archive, lines(0, 10));
      await bench.ask('PUT', `${bench.index}-2026.11.23/_settings`, { [setting]: true });
      await archive.write(archiveBatch(lines(10, 20)));
      await archive.flush(0);
      await vi.waitFor(() => expect(archive.status().problem).toMatch(problem), WITHIN_MS);
      expect(archive.status().pendingEvents).toBe(10);
      expect(archive.position('orders', 0)?.position.offset).toBe(10);
      await bench.ask('PUT', `${bench.index}-2026.11.23/_settings`, { [setting]: null });
      expect(await archive.flush(WITHIN_MS)).toBe(true);
      expect(archive.status()).toMatchObject({ lagMs: 0, pendingEvents: 0 });
      expect(archive.status().problem).toBeUndefined();
      expect(await bench.count()).toBe(20);
    });

    test('waits for the end of a block of the whole cluster', async () => {
      const archive = await bench.archive(today);
      await bench.ask('PUT', '_cluster/settings', { persistent: { 'cluster.blocks.read_only': true } });
      await archive.write(archiveBatch(lines(0, 10)));
      await archive.flush(0);
      await vi.waitFor(
        () => expect(archive.status().problem).toMatch(/403, cluster_block_exception/),
        WITHIN_MS,
      );
      await bench.ask('PUT', '_cluster/settings', { persistent: { 'cluster.blocks.read_only': null } });
      expect(await archive.flush(WITHIN_MS)).toBe(true);
      expect(await bench.count()).toBe(10);
    });

    test('gives old indices the fields that were declared since', async () => {
      const archive = await bench.archive(today, { fields: [], byName: new Map(), searchFields: [] });
      await stored(archive, lines(0, 1));
      await archive.close();
      const again = await bench.archive(today);
      await stored(again, lines(1, 2));
      await bench.count();
      const { count } = await bench.ask('POST', `${bench.index}-*/_count`, {
        query: { term: { order_id: 'A1' } },
      });
      expect(count).toBe(1);
    });

    describe('each index', () => {
      const mappingOf = async (day: string): Promise<string> =>
        JSON.stringify(await bench.ask('GET', `${bench.index}-${day}/_mapping`));

      test('is made by the archive, with its mapping, also after indices and template were deleted under it', async () => {
        const archive = await bench.archive(today);
        await stored(archive, lines(0, 10));
        expect(await mappingOf('2026.11.23')).toContain('"raw":{"type":"flattened"');
        await bench.ask('DELETE', `_index_template/${bench.index}`);
        await bench.ask('DELETE', `${bench.index}-2026.11.23`);
        await stored(archive, lines(10, 20));
        const tomorrow = logEvent({ message: 'later' }, { offset: 20, timeMs: SOME_TIME_MS + DAY_MS });
        await stored(archive, [tomorrow]);
        for (const day of ['2026.11.23', '2026.11.24']) {
          expect(await mappingOf(day)).toContain('"dynamic":"false"');
          expect(await mappingOf(day)).toContain('"raw":{"type":"flattened"');
        }
        expect(await bench.count()).toBe(11);
        expect(await bench.ask('GET', `_index_template/${bench.index}`)).toHaveProperty('index_templates');
      });

      test('that was made by an earlier version is taken as it is where its mapping is the archive’s', async () => {
        const archive = await bench.archive(today);
        // By the template alone, without the alias.
        await bench.ask('PUT', `${bench.index}-2026.11.23`);
        await stored(archive, [logEvent({ message: 'm' })]);
        expect(await bench.count()).toBe(1);
      });

      test.each([
        [
          'nothing of the archive’s',
          { dynamic: true, properties: { order_id: { type: 'keyword' } } },
          'raw is missing',
          false,
        ],
        [
          'a field that refuses order ids',
          { properties: { order_id: { type: 'long' } } },
          'order_id is long',
          true,
        ],
      ])(
        'that has %s gets nothing: said at once with the fix, other days go on, nothing is a dead letter',
        async (_title, mappings, what, hasTemplate) => {
          const archive = await bench.archive(today);
          const foreign = `${bench.index}-2026.11.23`;
          if (!hasTemplate) await bench.ask('DELETE', `_index_template/${bench.index}`);
          await bench.ask('PUT', foreign, { mappings });
          const yesterday = logEvent({ message: 'm' }, { offset: 5, timeMs: SOME_TIME_MS - DAY_MS });
          await archive.write(archiveBatch([...lines(0, 5), yesterday]));
          void archive.flush(0);
          await vi.waitFor(() => expect(archive.status().problem).toBeDefined(), WITHIN_MS);
          const { problem, problemSinceMs } = archive.status();
          expect(problem).toContain(foreign);
          expect(problem).toContain(what);
          expect(problem).toContain('delete the index');
          expect(problemSinceMs).toBe(SOME_TIME_MS);
          await vi.waitFor(async () => expect(await bench.count('2026.11.22')).toBe(1), WITHIN_MS);
          expect(await bench.count('2026.11.23')).toBe(0);
          expect(archive.position('orders', 0)).toBeUndefined();
          expect(await listDeadLetters(bench.dataDir)).toEqual([]);
          await bench.ask('DELETE', foreign);
          expect(await archive.flush(WITHIN_MS)).toBe(true);
          expect(await bench.count()).toBe(6);
          expect(archive.status().problem).toBeUndefined();
        },
      );

      test('of ours gets the fields that were declared since, although a foreign one stands beside it', async () => {
        const archive = await bench.archive(today, { fields: [], byName: new Map(), searchFields: [] });
        await stored(archive, lines(0, 1));
        await archive.close();
        await bench.ask('DELETE', `_index_template/${bench.index}`);
        const other = { mappings: { properties: { order_id: { type: 'boolean' } } } };
        await bench.ask('PUT', `${bench.index}-2026.11.20`, other);
        await stored(await bench.archive(today), lines(1, 2));
        expect(await mappingOf('2026.11.23')).toContain('"order_id":{"type":"keyword"');
        expect(await mappingOf('2026.11.20')).not.toContain('tocsin.offset');
      });
    });

    describe.runIf(elasticsearchIsOurs())('through crashes', () => {
      test('has every document exactly once after the server is killed in the middle and comes back', async () => {
        const archive = await bench.archive({ ...today, limits: { documents: 200 } });
        const writing = (async () => {
          for (let from = 0; from < 8_000; from += 250)
            await archive.write(archiveBatch(lines(from, from + 250)));
        })();
        await vi.waitFor(
          () => expect(archive.position('orders', 0)?.position.offset).toBeGreaterThan(1_000),
          20_000,
        );
        await server.kill();
        await vi.waitFor(() => expect(archive.status().problem).toMatch(/start Elasticsearch/), WITHIN_MS);
        await server.restart();
        await writing;
        expect(await archive.flush(WITHIN_MS)).toBe(true);
        expect(await bench.count()).toBe(8_000);
        expect(archive.status().problem).toBeUndefined();
      });

      test('goes on by itself after the server stood still', async () => {
        const archive = await bench.archive({ ...today, requestTimeoutMs: 700 });
        await stored(archive, lines(0, 10));
        server.pause();
        await archive.write(archiveBatch(lines(10, 500)));
        await archive.flush(0);
        await vi.waitFor(
          () => expect(archive.status().problem).toMatch(/no answer, TimeoutError/),
          WITHIN_MS,
        );
        server.resume();
        expect(await archive.flush(WITHIN_MS)).toBe(true);
        expect(await bench.count()).toBe(500);
      });

      test('names a server that does not answer while the request is still under way', async () => {
        const archive = await bench.archive({ ...today, requestTimeoutMs: 100_000 });
        await stored(archive, lines(0, 10));
        server.pause();
        await archive.write(archiveBatch(lines(10, 20)));
        await archive.flush(0);
        try {
          await vi.waitFor(() => expect(archive.status().problem).toMatch(/has not answered/), WITHIN_MS);
        } finally {
          server.resume();
        }
        expect(await archive.flush(WITHIN_MS)).toBe(true);
        expect(archive.status().problem).toBeUndefined();
      });

      test('makes its indices in a cluster that was built anew at the same place', async () => {
        const ownServer = await startElasticsearch({ version });
        const own = new ArchiveBench(ownServer.url);
        const archive = await own.archive(today);
        await stored(archive, lines(0, 10));
        await ownServer.stop();
        const anew = await startElasticsearch({ version, port: Number(new URL(ownServer.url).port) });
        try {
          await stored(archive, lines(10, 20));
          expect(await own.count()).toBe(10);
          expect(JSON.stringify(await own.ask('GET', `${own.index}-2026.11.23/_mapping`))).toContain(
            '"raw":{"type":"flattened"',
          );
        } finally {
          await own.close();
          await anew.stop();
        }
      });

      test('names what cannot be reached, with the fix', async () => {
        const nowhere = new ArchiveBench('http://127.0.0.1:9');
        await expect(nowhere.archive()).rejects.toThrow(
          /Elasticsearch at http:\/\/127\.0\.0\.1:9 cannot be reached/,
        );
        await nowhere.close();
      });
    });
  },
);
