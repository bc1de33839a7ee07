import { expect, test } from 'vitest';
import { fixOf } from './client.ts';

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
