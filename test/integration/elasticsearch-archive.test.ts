/** The archive on a real Elasticsearch: what is stored, under which day, how it is found, and what a replay brings again. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { listDeadLetters } from '../../src/archive/dead-letters.ts';
import { archiveBatch, collect, condition, logEvent, SOME_TIME_MS } from '../support/archived-events.ts';
import { rightClock } from '../support/clock.ts';
import {
  DAY_MS,
  lines,
  onElasticsearch,
  stored,
  today,
  WITHIN_MS,
} from '../support/elasticsearch-archive.ts';

const everything = {
  condition: condition.not(condition.value('nothing says this')),
  limit: 1_000_000,
  matches: () => false,
};

onElasticsearch('the archive on Elasticsearch %s', (on) => {
  test('stores each line once under its day and gives it back newest first', async () => {
    const archive = await on.bench.archive(today);
    const durable: number[] = [];
    for (let from = 0; from < 2_500; from += 500) {
      const batch = archiveBatch(lines(from, from + 500));
      const written = await archive.write(batch);
      void written.durable.then(() => durable.push(batch.batch.next.offset));
    }
    expect(await archive.flush(WITHIN_MS)).toBe(true);
    expect(durable).toEqual([500, 1_000, 1_500, 2_000, 2_500]);
    expect(await on.bench.indices()).toEqual(['2026.11.23']);
    expect(await on.bench.count()).toBe(2_500);
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
    const archive = await on.bench.archive(today);
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
    await on.bench.count();
    const found = async (query: object): Promise<unknown> => {
      const { hits } = await on.bench.ask('POST', `${on.bench.index}-*/_search`, { query });
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
    const archive = await on.bench.archive(today);
    await stored(archive, lines(0, 100));
    await archive.close();
    const again = await on.bench.archive(today);
    expect(again.position('orders', 0)).toEqual({
      position: { offset: 100, proof: 'proof of 100' },
      timing: '{}',
    });
    await stored(again, lines(50, 150));
    expect(await on.bench.count()).toBe(150);
    await stored(again, [logEvent({ message: 'a topic that was created anew' })]);
    expect(await on.bench.count()).toBe(151);
  });

  test('puts events without a credible day aside, and a replay on another day decides the same', async () => {
    const events = [-40 * DAY_MS, -20 * DAY_MS, 1 * DAY_MS, 2 * DAY_MS, -SOME_TIME_MS - 1].map((ms, offset) =>
      logEvent({ message: `at ${ms}` }, { offset, timeMs: SOME_TIME_MS + ms }),
    );
    const archive = await on.bench.archive(today);
    await stored(archive, events);
    const before = await on.bench.indices();
    expect(before.sort()).toEqual(['2026.11.03', '2026.11.24', 'undated']);
    expect(await on.bench.count('undated')).toBe(3);
    await archive.close();
    // A crash before the position was recorded: the batch comes again, two days later.
    const positions = new DatabaseSync(join(on.bench.dataDir, 'archive.db'));
    positions.exec('DELETE FROM bulk_positions');
    positions.close();
    const later = await on.bench.archive({ clock: rightClock(() => SOME_TIME_MS + 2 * DAY_MS) });
    await stored(later, events);
    await stored(later, [logEvent({ message: 'new' }, { offset: 5, timeMs: SOME_TIME_MS + 3 * DAY_MS })]);
    expect(await on.bench.count()).toBe(6);
    expect(await on.bench.count('undated')).toBe(3);
    expect(await on.bench.indices()).toContain('2026.11.26');
  });

  test('deletes the daily indices of days before the retention and nothing else', async () => {
    const archive = await on.bench.archive(today);
    const days = [-29 * DAY_MS, 0, -400 * DAY_MS];
    await stored(
      archive,
      days.map((ms, offset) => logEvent({ message: 'm' }, { offset, timeMs: SOME_TIME_MS + ms })),
    );
    await archive.close();
    const in2Days = { clock: rightClock(() => SOME_TIME_MS + 2 * DAY_MS) };
    const later = await on.bench.archive(in2Days);
    await stored(later, [logEvent({ message: 'm' }, { offset: 3, timeMs: SOME_TIME_MS + 2 * DAY_MS })]);
    await later.close();
    await on.bench.archive(in2Days);
    await vi.waitFor(
      async () => expect((await on.bench.indices()).sort()).toEqual(['2026.11.23', '2026.11.25', 'undated']),
      10_000,
    );
  });

  test('never refuses a document: deep, long, with NUL and odd keys, each is stored, found and given back', async () => {
    const archive = await on.bench.archive(today);
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
      ['keyword', { service: 'x'.repeat(9_000), order_id: '支'.repeat(8_191), message: 'y'.repeat(600_000) }],
    ];
    const events = documents.map(([name, value], offset) =>
      logEvent({ error: { message: `find ${name}` }, level: name, ...(value as object) }, { offset }),
    );
    const line = `{"error":{"message":"find abyss"},"abyss":${tooDeep}}`;
    events.push(logEvent(JSON.parse(line) as never, { offset: events.length, line }));
    await stored(archive, events);
    expect(await listDeadLetters(on.bench.dataDir)).toEqual([]);
    expect(await on.bench.count()).toBe(events.length);
    const hits = await collect(archive.search(everything));
    for (const event of events) {
      const hit = hits.find((found) => found.id.startsWith(`orders-0-${event.position.offset}-`));
      expect(hit?.line === event.line).toBe(true);
      if (event.line !== line)
        expect(JSON.stringify(hit?.document) === JSON.stringify(event.document)).toBe(true);
    }
    const { count } = await on.bench.ask('POST', `${on.bench.index}-*/_count`, {
      query: { term: { 'raw.error.message': 'find deep' } },
    });
    expect(count).toBe(1);
  });
});
