/** The archive on a real Elasticsearch that refuses: what it refuses for good is kept aside, what it refuses for now is sent again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { listDeadLetters } from '../../src/archive/dead-letters.ts';
import { retryDeadLetters } from '../../src/archive/elasticsearch/retry-dead-letters.ts';
import type { JsonObject, LogEvent, Schema } from '../../src/event/event.ts';
import { archiveBatch, logEvent, orderSchema, SOME_TIME_MS } from '../support/archived-events.ts';
import {
  DAY_MS,
  lines,
  onElasticsearch,
  stored,
  today,
  WITHIN_MS,
} from '../support/elasticsearch-archive.ts';

/** A schema under which an index comes to refuse order ids that are no booleans. */
const withBooleanOrderId = ((): Schema => {
  const fields = orderSchema.fields.map((field) =>
    field.name === 'order_id' ? { ...field, type: 'boolean' as const } : field,
  );
  return { ...orderSchema, fields, byName: new Map(fields.map((field) => [field.name, field])) };
})();

onElasticsearch('the archive on Elasticsearch %s', (on) => {
  test('keeps for good what the store refuses for good, beside what it takes, with the reason', async () => {
    // An index of before, whose field has another type.
    const before = await on.bench.archive(today, withBooleanOrderId);
    await stored(before, [logEvent({ message: 'before' })]);
    await before.close();
    const name = `${on.bench.index}-2026.11.23`;
    const archive = await on.bench.archive(today);
    await stored(archive, [
      logEvent({ message: 'm', order_id: 'A1' }, { offset: 1 }),
      logEvent({ message: 'm' }, { offset: 2 }),
    ]);
    expect(await on.bench.count()).toBe(2);
    expect(archive.position('orders', 0)?.position.offset).toBe(3);
    expect(archive.status()).toMatchObject({ stored: 1, deadLetters: 1 });
    const [letter, ...others] = await listDeadLetters(on.bench.dataDir);
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
      readFileSync(join(on.bench.dataDir, 'dead-letters.ndjson'), 'utf8').trimEnd().split('\n'),
    ).toHaveLength(1);
  });

  test('sends dead letters again when their cause is mended, and keeps those that are refused again', async () => {
    const [first, second] = [`${on.bench.index}-2026.11.23`, `${on.bench.index}-2026.11.22`];
    const both = (offset: number, document: JsonObject): LogEvent[] => [
      logEvent(document, { offset }),
      logEvent(document, { offset: offset + 1, timeMs: SOME_TIME_MS - DAY_MS }),
    ];
    const before = await on.bench.archive(today, withBooleanOrderId);
    await stored(before, both(0, { message: 'before' }));
    await before.close();
    const archive = await on.bench.archive(today);
    await stored(archive, both(2, { message: 'm', order_id: 'A1' }));
    await on.bench.ask('DELETE', first);
    expect(await retryDeadLetters(on.bench.config, orderSchema, on.bench.dataDir)).toEqual({
      stored: 1,
      kept: 1,
    });
    expect((await listDeadLetters(on.bench.dataDir)).map(({ index }) => index)).toEqual([second]);
    expect(await on.bench.count()).toBe(2);
    const nowhere = { ...on.bench.config, node: 'http://127.0.0.1:9' };
    await expect(retryDeadLetters(nowhere, orderSchema, on.bench.dataDir)).rejects.toThrow(
      /cannot be reached/,
    );
    expect(await listDeadLetters(on.bench.dataDir)).toHaveLength(1);
  });

  test('makes dead letters of what a closed index does not take', async () => {
    const archive = await on.bench.archive(today);
    await stored(archive, lines(0, 1));
    await on.bench.ask('POST', `${on.bench.index}-2026.11.23/_close`);
    await stored(archive, lines(1, 3));
    expect((await listDeadLetters(on.bench.dataDir)).map((letter) => letter.type)).toEqual([
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
    const archive = await on.bench.archive(today);
    await stored(archive, lines(0, 10));
    await on.bench.ask('PUT', `${on.bench.index}-2026.11.23/_settings`, { [setting]: true });
    await archive.write(archiveBatch(lines(10, 20)));
    await archive.flush(0);
    await vi.waitFor(() => expect(archive.status().problem).toMatch(problem), WITHIN_MS);
    expect(archive.status().pendingEvents).toBe(10);
    expect(archive.position('orders', 0)?.position.offset).toBe(10);
    await on.bench.ask('PUT', `${on.bench.index}-2026.11.23/_settings`, { [setting]: null });
    expect(await archive.flush(WITHIN_MS)).toBe(true);
    expect(archive.status()).toMatchObject({ lagMs: 0, pendingEvents: 0 });
    expect(archive.status().problem).toBeUndefined();
    expect(await on.bench.count()).toBe(20);
  });

  test('waits for the end of a block of the whole cluster', async () => {
    const archive = await on.bench.archive(today);
    await on.bench.ask('PUT', '_cluster/settings', { persistent: { 'cluster.blocks.read_only': true } });
    await archive.write(archiveBatch(lines(0, 10)));
    await archive.flush(0);
    await vi.waitFor(
      () => expect(archive.status().problem).toMatch(/403, cluster_block_exception/),
      WITHIN_MS,
    );
    await on.bench.ask('PUT', '_cluster/settings', { persistent: { 'cluster.blocks.read_only': null } });
    expect(await archive.flush(WITHIN_MS)).toBe(true);
    expect(await on.bench.count()).toBe(10);
  });
});
