/** The indices of the archive on a real Elasticsearch: who makes them, with which mapping, and what becomes of foreign ones. */
import { describe, expect, test, vi } from 'vitest';
import { listDeadLetters } from '../../src/archive/dead-letters.ts';
import { archiveBatch, logEvent, SOME_TIME_MS } from '../support/archived-events.ts';
import {
  DAY_MS,
  lines,
  onElasticsearch,
  stored,
  today,
  WITHIN_MS,
} from '../support/elasticsearch-archive.ts';

onElasticsearch('the archive on Elasticsearch %s', (on) => {
  test('gives old indices the fields that were declared since', async () => {
    const archive = await on.bench.archive(today, { fields: [], byName: new Map(), searchFields: [] });
    await stored(archive, lines(0, 1));
    await archive.close();
    const again = await on.bench.archive(today);
    await stored(again, lines(1, 2));
    await on.bench.count();
    const { count } = await on.bench.ask('POST', `${on.bench.index}-*/_count`, {
      query: { term: { order_id: 'A1' } },
    });
    expect(count).toBe(1);
  });

  describe('each index', () => {
    const mappingOf = async (day: string): Promise<string> =>
      JSON.stringify(await on.bench.ask('GET', `${on.bench.index}-${day}/_mapping`));

    test('is made by the archive, with its mapping, also after indices and template were deleted under it', async () => {
      const archive = await on.bench.archive(today);
      await stored(archive, lines(0, 10));
      expect(await mappingOf('2026.11.23')).toContain('"raw":{"type":"flattened"');
      await on.bench.ask('DELETE', `_index_template/${on.bench.index}`);
      await on.bench.ask('DELETE', `${on.bench.index}-2026.11.23`);
      await stored(archive, lines(10, 20));
      const tomorrow = logEvent({ message: 'later' }, { offset: 20, timeMs: SOME_TIME_MS + DAY_MS });
      await stored(archive, [tomorrow]);
      for (const day of ['2026.11.23', '2026.11.24']) {
        expect(await mappingOf(day)).toContain('"dynamic":"false"');
        expect(await mappingOf(day)).toContain('"raw":{"type":"flattened"');
      }
      expect(await on.bench.count()).toBe(11);
      expect(await on.bench.ask('GET', `_index_template/${on.bench.index}`)).toHaveProperty(
        'index_templates',
      );
    });

    test('that was made by an earlier version is taken as it is where its mapping is the archive’s', async () => {
      const archive = await on.bench.archive(today);
      // By the template alone, without the alias.
      await on.bench.ask('PUT', `${on.bench.index}-2026.11.23`);
      await stored(archive, [logEvent({ message: 'm' })]);
      expect(await on.bench.count()).toBe(1);
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
        const archive = await on.bench.archive(today);
        const foreign = `${on.bench.index}-2026.11.23`;
        if (!hasTemplate) await on.bench.ask('DELETE', `_index_template/${on.bench.index}`);
        await on.bench.ask('PUT', foreign, { mappings });
        const yesterday = logEvent({ message: 'm' }, { offset: 5, timeMs: SOME_TIME_MS - DAY_MS });
        await archive.write(archiveBatch([...lines(0, 5), yesterday]));
        void archive.flush(0);
        await vi.waitFor(() => expect(archive.status().problem).toBeDefined(), WITHIN_MS);
        const { problem, problemSinceMs } = archive.status();
        expect(problem).toContain(foreign);
        expect(problem).toContain(what);
        expect(problem).toContain('delete the index');
        expect(problemSinceMs).toBe(SOME_TIME_MS);
        await vi.waitFor(async () => expect(await on.bench.count('2026.11.22')).toBe(1), WITHIN_MS);
        expect(await on.bench.count('2026.11.23')).toBe(0);
        expect(archive.position('orders', 0)).toBeUndefined();
        expect(await listDeadLetters(on.bench.dataDir)).toEqual([]);
        await on.bench.ask('DELETE', foreign);
        expect(await archive.flush(WITHIN_MS)).toBe(true);
        expect(await on.bench.count()).toBe(6);
        expect(archive.status().problem).toBeUndefined();
      },
    );

    test('of ours gets the fields that were declared since, although a foreign one stands beside it', async () => {
      const archive = await on.bench.archive(today, { fields: [], byName: new Map(), searchFields: [] });
      await stored(archive, lines(0, 1));
      await archive.close();
      await on.bench.ask('DELETE', `_index_template/${on.bench.index}`);
      const other = { mappings: { properties: { order_id: { type: 'boolean' } } } };
      await on.bench.ask('PUT', `${on.bench.index}-2026.11.20`, other);
      await stored(await on.bench.archive(today), lines(1, 2));
      expect(await mappingOf('2026.11.23')).toContain('"order_id":{"type":"keyword"');
      expect(await mappingOf('2026.11.20')).not.toContain('tocsin.offset');
    });
  });
});
