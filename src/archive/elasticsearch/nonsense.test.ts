/** Whatever stands where Elasticsearch should be and says whatever it wants: the archive names it, tries again, and loses nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveBatch, logEvent, orderSchema } from '../../../test/support/archived-events.ts';
import { rightClock } from '../../../test/support/clock.ts';
import {
  startHostileServer,
  type HostileAnswer,
  type HostileServer,
} from '../../../test/support/hostile-server.ts';
import { until } from '../../../test/support/tocsin-process.ts';
import { silent } from '../../event/telemetry.ts';
import { ElasticsearchArchive } from './elasticsearch-archive.ts';
import { FixableError } from '../../event/fixable-error.ts';

let dataDir: string;
let server: HostileServer;
let archive: ElasticsearchArchive;
/** What it answers to `_bulk`, and to everything else; well behaved where undefined. */
let bulk: HostileAnswer | undefined;
let others: HostileAnswer | undefined;

const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
const json = (value: unknown, status = 200): HostileAnswer => ({
  status,
  headers,
  body: JSON.stringify(value),
});

function answer({ path, body }: { path: string; body: string }): HostileAnswer {
  if (path !== '/_bulk') return others ?? json(path.endsWith('_mapping') ? {} : { acknowledged: true });
  const count = body.split('\n').length >> 1;
  return (
    bulk ?? json({ errors: false, items: Array.from({ length: count }, () => ({ create: { status: 201 } })) })
  );
}

beforeEach(async () => {
  bulk = undefined;
  others = undefined;
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-nonsense-'));
  server = await startHostileServer(answer);
  archive = new ElasticsearchArchive(
    { kind: 'elasticsearch', node: server.url, index: 'logs', retentionMs: 86_400_000 },
    orderSchema,
    dataDir,
    silent,
    { toQuery: () => ({}), clock: rightClock(), requestTimeoutMs: 1_000, limits: { lingerMs: 5 } },
  );
});
afterEach(async () => {
  await archive.close();
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const item = { create: { status: 201 } };

const NONSENSE: readonly (readonly [string, HostileAnswer])[] = [
  ['null', json(null)],
  ['a list', json([])],
  ['items that are no list', json({ items: { 0: item } })],
  ['items that are a text', json({ items: 'x' })],
  ['an item that is null', json({ items: [null] })],
  ['an item without a status', json({ items: [{ create: {} }] })],
  ['a status that is a text', json({ items: [{ create: { status: '201' } }] })],
  [
    'a reason that is a number',
    json({ items: [{ create: { status: 400, error: { type: 't', reason: 7 } } }] }),
  ],
  ['an error that is null', json({ error: null }, 400)],
  ['a type that is an object', json({ error: { type: {}, reason: [] } }, 400)],
  ['causes that are null', json({ error: { type: 't', root_cause: [null] } }, 503)],
  ['a status of its own in the body', json({ error: { type: 't' }, status: 201 }, 500)],
  ['null with 500', json(null, 500)],
  ['a redirect with items', json({ items: [item] }, 302)],
  ['more items than documents', json({ items: [item, item] })],
  ['HTML', { headers: { 'x-elastic-product': 'Elasticsearch' }, body: '<html>\nSign in</html>' }],
  ['HTML that is called JSON', { headers, body: '<html>\nSign in</html>' }],
  ['nothing', { headers }],
  ['half an answer', { ...json({ items: [item] }), how: 'cut' }],
  ['no answer but a reset', { how: 'reset' }],
  [
    'a header twice',
    { ...json({ items: [item] }, 500), headers: { ...headers, 'content-encoding': ['gzip', 'x'] } },
  ],
  [
    'what is called gzip and is not',
    { ...json({ items: [item] }), headers: { ...headers, 'content-encoding': 'gzip' } },
  ],
  ['an answer without an end', { headers, body: '[', how: 'endless' }],
  ['an answer that drips without an end', { headers, body: '[', how: 'drip' }],
  ['gzip of 200 MiB', { headers, how: { bombMiB: 200 } }],
];

test.each(NONSENSE)(
  '%s is no answer to documents: it is named, and tried again until it is mended',
  async (_what, wrong) => {
    await archive.open();
    bulk = wrong;
    await archive.write(archiveBatch([logEvent({ message: 'order 1' }, { offset: 0 })]));
    await until(() => archive.status().problem !== undefined, 60_000);
    const { problem, deadLetters, stored } = archive.status();
    expect(problem).toMatch(/Elasticsearch/u);
    expect(problem!.length).toBeLessThan(1_600);
    expect(problem).not.toMatch(/\n/u);
    expect([stored, deadLetters]).toEqual([0, 0]);
    bulk = undefined;
    expect(await archive.flush(60_000)).toBe(true);
    expect(archive.status()).toMatchObject({ stored: 1, deadLetters: 0 });
  },
);

test.each(NONSENSE)(
  '%s is no answer to an opening: it is refused as something to be mended',
  async (_what, wrong) => {
    others = wrong;
    await expect(archive.open()).rejects.toThrow(FixableError);
    others = undefined;
    await archive.open();
  },
);
