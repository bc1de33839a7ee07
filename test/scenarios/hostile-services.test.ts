/** Services that answer nonsense to a running process: it goes on alerting, says what is wrong, and has lost nothing once they are well. */
import { afterEach, expect, test } from 'vitest';
import { startHostileServer, type HostileAnswer } from '../support/hostile-server.ts';
import { openShop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';
import { startFakeWebhook } from '../support/webhook.ts';

const CLOSING: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
const json = (value: unknown, status = 200): HostileAnswer => ({
  status,
  headers,
  body: JSON.stringify(value),
});
const NONSENSE: readonly HostileAnswer[] = [
  json(null, 500),
  json({ error: null }, 400),
  json(null),
  json({ items: { 0: 1 } }),
  json({ items: [null] }),
  json({ error: { type: 't', reason: 7, root_cause: [null] } }, 503),
  { headers, body: '[', how: 'endless' },
  { headers, how: { bombMiB: 100 } },
];

test('an archive that answers nonsense ends nothing: alerts arrive, /readyz names it, and every line is there in the end', async () => {
  let isHostile = false;
  let asked = 0;
  const stored = new Set<string>();
  const search = await startHostileServer(({ path, body }) => {
    if (isHostile) return NONSENSE[asked++ % NONSENSE.length]!;
    if (path !== '/_bulk') return json(path.endsWith('/_mapping') ? {} : { acknowledged: true });
    const documents = body.split('\n').flatMap((line, i) => (i % 2 === 1 ? [line] : []));
    for (const document of documents)
      stored.add((JSON.parse(document) as { raw: { message: string } }).raw.message);
    return json({ errors: false, items: documents.map(() => ({ create: { status: 201 } })) });
  });
  const hook = await startFakeWebhook();
  const shop = openShop({
    archive: `{ elasticsearch: { node: '${search.url}', index: logs } }`,
    channels: `{ webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}' } } }\nhttp: { listen: '127.0.0.1:0' }`,
    routes: `'webhook:audit'`,
  });
  CLOSING.push(
    () => search.close(),
    () => hook.close(),
    () => shop.close(),
  );
  const tocsin = shop.run();
  CLOSING.push(() => tocsin.end('SIGKILL'));
  const stderr = (): string => tocsin.stderr();
  await until(() => stderr().includes('"message":"running"'), 60_000, stderr);
  isHostile = true;
  for (let i = 0; i < 4; i++) shop.fault('pay');
  await until(() => hook.bodies.length > 0, 60_000, stderr);
  const url = /"url.full":"([^"]+)"/u.exec(stderr())![1]!;
  const archive = async (): Promise<{ ok: boolean; detail?: string } | undefined> => {
    const ready = (await (await fetch(new URL('/readyz', url))).json()) as {
      checks: { name: string; ok: boolean; detail?: string }[];
    };
    return ready.checks.find(({ name }) => name === 'archive');
  };
  await until(async () => (await archive())?.detail?.includes('nonsense') === true, 60_000, stderr);
  await until(() => asked >= NONSENSE.length, 120_000, stderr);
  for (let i = 0; i < 4; i++) shop.fault('stock');
  await until(() => hook.bodies.length > 1, 60_000, stderr);
  isHostile = false;
  await until(() => stored.size === 8, 120_000, stderr);
  await until(async () => (await archive())?.ok === true, 60_000, stderr);
  expect(await tocsin.end('SIGTERM')).toBe(0);
  expect(stderr()).not.toContain('"event.action":"defect"');
}, 600_000);
