import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { secretOf } from '../../../test/support/secret.ts';
import { createClient, fixOf } from './client.ts';

const MASTER = 'blocked by: [SERVICE_UNAVAILABLE/2/no master];';
const STARTING = 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];';
const FLOOD = 'index [i] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark]';
const READ_ONLY = 'blocked by: [FORBIDDEN/8/index write (api)];';

test.each([
  [503, 'cluster_block_exception', MASTER, 'no elected master'],
  [503, 'cluster_block_exception', STARTING, 'no elected master'],
  [503, 'master_not_discovered_exception', 'null', 'no elected master'],
  [429, 'cluster_block_exception', FLOOD, 'make room'],
  [403, 'cluster_block_exception', READ_ONLY, 'take the block away'],
  [403, 'security_exception', 'no', 'privileges'],
  [undefined, 'ConnectionError', 'connect ECONNREFUSED', 'start Elasticsearch at http://store'],
  [undefined, 'foreign_mapping', 'the index i is not one that Tocsin made', 'delete the index'],
])('the fix of %s, %s: %s', (status, type, reason, fix) => {
  expect(fixOf({ status, type, reason }, 'http://store')).toContain(fix);
});

test('an error of the client has no credentials, and no copy of the request', async () => {
  const client = createClient(
    {
      kind: 'elasticsearch',
      node: 'http://127.0.0.1:1',
      index: 'i',
      retentionMs: 1,
      apiKey: secretOf('the-key'),
    },
    10_000,
  );
  const body = Buffer.alloc(8 << 20, '{}');
  const request = { method: 'POST', path: '/_bulk', bulkBody: body };
  const error = await client.transport.request(request).catch((reason: unknown) => reason);
  await client.close();
  expect(error).toMatchObject({ name: 'ConnectionError' });
  expect(inspect(error, { depth: Infinity, maxArrayLength: 10 })).not.toContain('the-key');
  const { meta } = error as { readonly meta: { readonly meta: { request: { params: { body: unknown } } } } };
  expect(meta.meta.request.params.body).toBe(body);
});
