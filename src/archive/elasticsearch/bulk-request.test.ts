/** A bulk request has the same documents whether it is compressed or not, and whether they are texts or bytes. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBytes } from '../../event/answer.ts';
import { sendBulk, type BulkDocument } from './bulk-request.ts';
import { createClient, isPacked } from './client.ts';

let server: Server;
let bodies: { readonly encoding: string | undefined; readonly text: string }[];

beforeEach(async () => {
  bodies = [];
  server = createServer((request, response) => {
    void readBytes(request as AsyncIterable<Buffer>, 64 << 20).then((bytes) => {
      const encoding = request.headers['content-encoding'];
      bodies.push({ encoding, text: (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString() });
      response.setHeader('x-elastic-product', 'Elasticsearch');
      response.setHeader('content-type', 'application/json');
      const items = DOCUMENTS.map(() => ({ create: { status: 201 } }));
      response.end(JSON.stringify({ errors: false, items }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const SOURCES = ['{"a":1}', '{"a":"支付"}', '{}', `{"a":"${'x'.repeat(100_000)}"}`, '{"b":2}', '{"c":3}'];
const DOCUMENTS: readonly BulkDocument[] = SOURCES.map((source, i) => ({
  id: `"id"-${i}`,
  index: 'logs-2026.11.23',
  source: i % 3 === 0 ? source : Buffer.from(`beyond${source}`).subarray('beyond'.length),
  bytes: 100,
}));

test.each([true, false])('compressed: %s', async (packs) => {
  const { port } = server.address() as AddressInfo;
  const node = `http://127.0.0.1:${port}`;
  const client = createClient({ kind: 'elasticsearch', node, index: 'logs', retentionMs: 1 }, 10_000);
  const answer = await sendBulk(client, DOCUMENTS, { signal: AbortSignal.timeout(30_000), isPacked: packs });
  await client.close();
  expect(answer).toEqual({ kind: 'items', outcomes: DOCUMENTS.map(() => ({ kind: 'created' })) });
  const expected = SOURCES.map(
    (source, i) =>
      `{"create":{"_index":"logs-2026.11.23-write","_id":${JSON.stringify(`"id"-${i}`)}}}\n${source}\n`,
  );
  expect(bodies).toEqual([{ encoding: packs ? 'gzip' : undefined, text: expected.join('') }]);
});

test('is compressed unless it stays on the machine', () => {
  const nodes = [
    'http://localhost:9200',
    'https://127.0.0.1:9200',
    'http://[::1]:9200',
    'http://elasticsearch:9200',
  ];
  expect(nodes.map((node) => isPacked({ node }))).toEqual([false, false, false, true]);
});
