/** The archive on a real Elasticsearch that is killed, stands still, is built anew, or was never there. */
import { describe, expect, test, vi } from 'vitest';
import { archiveBatch } from '../support/archived-events.ts';
import { elasticsearchIsOurs, startElasticsearch } from '../support/elasticsearch.ts';
import {
  ArchiveBench,
  lines,
  onElasticsearch,
  stored,
  today,
  WITHIN_MS,
} from '../support/elasticsearch-archive.ts';

onElasticsearch('the archive on Elasticsearch %s', (on) => {
  describe.runIf(elasticsearchIsOurs())('through crashes', () => {
    test('has every document exactly once after the server is killed in the middle and comes back', async () => {
      const archive = await on.bench.archive({ ...today, limits: { documents: 200 } });
      const writing = (async () => {
        for (let from = 0; from < 8_000; from += 250)
          await archive.write(archiveBatch(lines(from, from + 250)));
      })();
      await vi.waitFor(
        () => expect(archive.position('orders', 0)?.position.offset).toBeGreaterThan(1_000),
        20_000,
      );
      await on.server.kill();
      await vi.waitFor(() => expect(archive.status().problem).toMatch(/start Elasticsearch/), WITHIN_MS);
      await on.server.restart();
      await writing;
      expect(await archive.flush(WITHIN_MS)).toBe(true);
      expect(await on.bench.count()).toBe(8_000);
      expect(archive.status().problem).toBeUndefined();
    });

    test('goes on by itself after the server stood still', async () => {
      const archive = await on.bench.archive({ ...today, requestTimeoutMs: 700 });
      await stored(archive, lines(0, 10));
      on.server.pause();
      await archive.write(archiveBatch(lines(10, 500)));
      await archive.flush(0);
      await vi.waitFor(() => expect(archive.status().problem).toMatch(/no answer, TimeoutError/), WITHIN_MS);
      on.server.resume();
      expect(await archive.flush(WITHIN_MS)).toBe(true);
      expect(await on.bench.count()).toBe(500);
    });

    test('names a server that does not answer while the request is still under way', async () => {
      const archive = await on.bench.archive({ ...today, requestTimeoutMs: 100_000 });
      await stored(archive, lines(0, 10));
      on.server.pause();
      await archive.write(archiveBatch(lines(10, 20)));
      await archive.flush(0);
      try {
        await vi.waitFor(() => expect(archive.status().problem).toMatch(/has not answered/), WITHIN_MS);
      } finally {
        on.server.resume();
      }
      expect(await archive.flush(WITHIN_MS)).toBe(true);
      expect(archive.status().problem).toBeUndefined();
    });

    test('makes its indices in a cluster that was built anew at the same place', async () => {
      const ownServer = await startElasticsearch({ version: on.version });
      const own = new ArchiveBench(ownServer.url);
      const archive = await own.archive(today);
      await stored(archive, lines(0, 10));
      await ownServer.stop();
      const anew = await startElasticsearch({
        version: on.version,
        port: Number(new URL(ownServer.url).port),
      });
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
});
