import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../../../test/support/clock.ts';
import { notice } from '../../../../test/support/notices.ts';
import { secretOf } from '../../../../test/support/secret.ts';
import { startFakeWebhook, type FakeWebhook } from '../../../../test/support/webhook.ts';
import type { Channel, Delivery } from '../../channel.ts';
import { createWebhookChannel } from './channel.ts';

let hook: FakeWebhook;
let channel: Channel;

beforeEach(async () => {
  hook = await startFakeWebhook();
  channel = createWebhookChannel(
    {
      audit: { url: secretOf(hook.url), secret: secretOf(hook.secret) },
      wrong: { url: secretOf(hook.url), secret: secretOf('another') },
      gone: { url: secretOf('http://127.0.0.1:5/') },
    },
    { clock: rightClock() },
  );
});
afterEach(() => hook.close());

const delivery = (target: string, rest: Partial<Delivery> = {}): Delivery => ({
  notice: notice(),
  target,
  possibleDuplicate: false,
  deliveryId: 'd1',
  ...rest,
});

test('a signed body arrives in the documented form', async () => {
  expect(await channel.send(delivery('audit'))).toEqual({ kind: 'sent' });
  expect(hook.deliveries).toEqual(['d1']);
  expect(hook.bodies[0]).toMatchObject({
    version: 1,
    kind: 'fired',
    alert: {
      alertId: '7c1e09b2a4f35d68',
      rule: 'order_sync_failures',
      severity: 'critical',
      group: { service: 'order-service' },
      count: 12,
      threshold: 5,
      firstEventAt: '2026-11-23T12:03:11.204Z',
    },
  });
});

test('a digest holds every alert', async () => {
  await channel.send(delivery('audit', { digest: [notice(), notice()] }));
  expect(hook.bodies[0]).toMatchObject({ kind: 'digest', alerts: [{}, {}] });
});

test.each([
  [
    { status: 429, retryAfterS: 5 },
    { kind: 'retry', unsent: true, afterMs: 5_000 },
  ],
  [
    { status: 503, retryAfterS: 9 },
    { kind: 'retry', unsent: true, afterMs: 9_000 },
  ],
  [{ status: 500 }, { kind: 'retry', unsent: true }],
  [{ status: 408 }, { kind: 'retry', unsent: true }],
  // A gateway answers for a server of which it knows no more than that.
  [{ status: 502 }, { kind: 'retry', unsent: false }],
  [{ status: 504 }, { kind: 'retry', unsent: false }],
  [{ status: 404 }, { kind: 'failed' }],
  [{ status: 302 }, { kind: 'failed' }],
])('status %o is told apart', async (failure, expected) => {
  hook.fail(failure);
  expect(await channel.send(delivery('audit'))).toMatchObject(expected);
});

test.each([
  ['a port without a server', 'http://127.0.0.1:5/hook'],
  ['a name that no server has', 'http://nowhere.invalid/hook'],
  ['a server that does not speak TLS', () => hook.url.replace('http:', 'https:')],
])('%s has certainly received nothing', async (_name, url) => {
  const hooks = { there: { url: secretOf(typeof url === 'string' ? url : url()) } };
  expect(await createWebhookChannel(hooks, { clock: rightClock() }).send(delivery('there'))).toMatchObject({
    kind: 'retry',
    unsent: true,
  });
});

test('a receiver that is not to be probed is never asked', async () => {
  const quiet = createWebhookChannel(
    { gone: { url: secretOf('http://127.0.0.1:5/'), probe: false } },
    { clock: rightClock() },
  );
  expect(await quiet.probe('gone')).toBeUndefined();
  expect(await quiet.probe('nobody')).toMatchObject({ problem: 'no webhook nobody is configured' });
});

test('a rate of its own takes the place of the usual one', () => {
  const rated = createWebhookChannel(
    {
      own: { url: secretOf(hook.url), ratePerMinute: 600 },
      usual: { url: secretOf(hook.url) },
    },
    { clock: rightClock() },
  );
  expect([rated.ratePerMinute('own'), rated.ratePerMinute('usual')]).toEqual([600, 120]);
});

test('a wrong secret, a server that is gone and an unknown name each say what to mend', async () => {
  expect(await channel.send(delivery('wrong'))).toMatchObject({
    kind: 'failed',
    fix: expect.stringContaining('secret') as string,
  });
  expect(await channel.send(delivery('gone'))).toMatchObject({ kind: 'retry', unsent: true });
  expect(await channel.probe('gone')).toMatchObject({
    fix: expect.stringContaining('channels.webhook.gone.url') as string,
  });
  expect(await channel.probe('audit')).toBeUndefined();
  expect(await channel.probe('nobody')).toMatchObject({ problem: 'no webhook nobody is configured' });
});
