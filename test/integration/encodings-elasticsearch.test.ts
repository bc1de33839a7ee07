/** Documents of logs in other encodings, on a real Elasticsearch: they have the text, and its words are found as Kibana looks for them. */
import { randomUUID } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { elasticsearchRuns, startElasticsearch } from '../support/elasticsearch.ts';
import { ENCODED_LOGS, messageOf, openEncodedFolder } from '../support/encoded-logs.ts';
import { startTocsin, until } from '../support/tocsin-process.ts';

const LINES = 5;

describe.runIf(elasticsearchRuns())('documents of logs in other encodings', () => {
  test('have the text that was written, found by its words', async () => {
    const server = await startElasticsearch();
    // The server may be one that has run before.
    const name = `encoded-${randomUUID()}`;
    onTestFinished(() => server.stop());
    const folder = openEncodedFolder(`{ elasticsearch: { node: '${server.url}', index: ${name} } }`, LINES);
    onTestFinished(() => folder.close());
    for (const log of ENCODED_LOGS) folder.append(log, folder.bytesOf(log, 0, LINES));
    const run = startTocsin(['run'], folder.dir);
    onTestFinished(async () => {
      await run.end('SIGKILL');
    });
    const client = new Client({ node: server.url });
    onTestFinished(() => client.close());
    const index = `${name}-*`;
    const all = async (): Promise<boolean> => {
      await client.indices.refresh({ index });
      return (await client.count({ index })).count >= LINES * ENCODED_LOGS.length;
    };
    await until(all, 120_000, () => run.stderr());
    for (const log of ENCODED_LOGS) {
      const query = `message:"${log.words}" AND service:${log.name}`;
      const { hits } = await client.search<{ message: string }>({
        index,
        size: 100,
        query: { query_string: { query } },
      });
      const expected = Array.from({ length: LINES }, (_, i) => messageOf(log, i));
      expect(hits.hits.map(({ _source }) => _source?.message).sort()).toEqual(expected);
    }
  }, 300_000);
});
