/** Services that answer what they never should: a message is tried again, marked where it may have arrived, and never given up for it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import {
  startHostileServer,
  type HostileAnswer,
  type HostileServer,
} from '../../../test/support/hostile-server.ts';
import { notice } from '../../../test/support/notices.ts';
import { secretOf } from '../../../test/support/secret.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../channel.ts';
import { createDingtalkChannel } from './dingtalk/channel.ts';
import { createSlackChannel } from './slack/channel.ts';
import { createWebhookChannel } from './webhook/channel.ts';

let answer: HostileAnswer;
let server: HostileServer;
beforeEach(async () => {
  server = await startHostileServer(() => answer);
});
afterEach(() => server.close());

const channels: Readonly<Record<string, () => { readonly channel: Channel; readonly target: string }>> = {
  slack: () => ({
    target: '#oncall',
    channel: createSlackChannel(
      { token: secretOf('xoxb-test'), apiUrl: `${server.url}/api/` },
      { telemetry: silent, clock: rightClock() },
    ),
  }),
  dingtalk: () => ({
    target: 'orders',
    channel: createDingtalkChannel(
      { apiUrl: server.url, robots: { orders: { accessToken: secretOf('token') } } },
      { telemetry: silent, clock: rightClock() },
    ),
  }),
  webhook: () => ({
    target: 'audit',
    channel: createWebhookChannel({ audit: { url: secretOf(server.url) } }, { clock: rightClock() }),
  }),
};

async function sendTo(name: string, rest: Partial<Delivery> = {}): Promise<Outcome> {
  const { channel, target } = channels[name]!();
  return channel.send({ notice: notice(), target, possibleDuplicate: false, deliveryId: 'd1', ...rest });
}

const json = (value: unknown, status = 200): HostileAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const NONSENSE: readonly (readonly [string, HostileAnswer])[] = [
  [
    'HTML',
    { headers: { 'content-type': 'text/html' }, body: '<html>\n<body>Sign in\u001b[2J</body></html>' },
  ],
  ['nothing', {}],
  ['a list', json([])],
  ['null', json(null)],
  ['a number', json(7)],
  ['an error of a megabyte', json({ ok: false, error: 'x'.repeat(1 << 20) })],
  ['an error that is an object', json({ ok: false, error: {}, errcode: {}, errmsg: [] })],
  ['success as a text', json({ ok: 'true', errcode: '0' })],
  ['warnings that are no list', json({ ok: 'yes', response_metadata: { warnings: 7, messages: {} } })],
  ['half an answer', { ...json({ ok: true, errcode: 0 }), how: 'cut' }],
  ['success of another kind', json({ ok: true, ts: '1.1', channel: 'C1' }, 202)],
  ['an answer without an end', { ...json(1), body: '[', how: 'endless' }],
  ['gzip of 200 MiB', { ...json(1), how: { bombMiB: 200 } }],
];

describe.each(['slack', 'dingtalk'])('%s', (name) => {
  test.each(NONSENSE)('%s is tried again, as what may have arrived', async (_what, wrong) => {
    answer = wrong;
    const outcome = await sendTo(name);
    expect(outcome).toMatchObject({ kind: 'retry', unsent: false });
    const { because } = outcome as Outcome & { kind: 'retry' };
    expect(because.length).toBeLessThan(400);
    expect(because).not.toMatch(/\p{Cc}/u);
    expect(server.bytesSent()).toBeLessThan(16 << 20);
  });

  test('a redirect is not followed and says nothing, whatever its body', async () => {
    answer = {
      ...json({ ok: true, ts: '1.1', channel: 'C1', errcode: 0 }, 302),
      headers: { location: server.url },
    };
    expect(await sendTo(name)).toMatchObject({ kind: 'retry', unsent: true });
    expect(server.requests).toHaveLength(1);
  });

  test('nonsense is a problem to a probe', async () => {
    answer = json([]);
    const { channel, target } = channels[name]!();
    expect(await channel.probe(target)).toMatchObject({
      problem: expect.stringMatching(/nonsense/u) as string,
    });
  });
});

test('Slack says of every message where it stands: success without that is none', async () => {
  answer = json({ ok: true });
  expect(await sendTo('slack')).toMatchObject({ kind: 'retry', unsent: false });
  answer = json({ ok: true, ts: {}, channel: 7 });
  expect(await sendTo('slack')).toMatchObject({ kind: 'retry', unsent: false });
  answer = json({ ok: true, ts: '1700000000.000100', channel: 'C1', message: { blocks: 'whatever' } });
  expect(await sendTo('slack')).toEqual({ kind: 'sent', thread: { channel: 'C1', ts: '1700000000.000100' } });
});

test.each([
  ['without an end', { body: 'x', how: 'endless' }],
  ['that drips', { body: 'x', how: 'drip' }],
  ['that unpacks to 200 MiB', { how: { bombMiB: 200 } }],
] as const)(
  'a webhook has taken the message once it says so: nobody reads a body %s',
  async (_what, wrong) => {
    answer = { status: 200, ...wrong };
    expect(await sendTo('webhook')).toEqual({ kind: 'sent' });
    answer = { status: 500, ...wrong };
    expect(await sendTo('webhook')).toMatchObject({ kind: 'retry', unsent: true });
    expect(server.bytesSent()).toBeLessThan(16 << 20);
  },
);

const PAUSES: readonly (readonly [string, string | undefined])[] = [
  ['a year', '31536000'],
  ['less than nothing', '-1000000'],
  ['no number', 'NaN'],
  ['too large a number', '1e308'],
  ['infinity', 'Infinity'],
  ['a date in a year', new Date(rightClock().wallMs() + 365 * 86_400_000).toUTCString()],
  ['a date long ago', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['words', 'as long as you like'],
  ['nothing', ''],
  ['no header', undefined],
];

describe.each(['slack', 'webhook'])('%s is throttled', (name) => {
  test.each(PAUSES)('with a pause of %s: at least a second, at most 15 minutes', async (_what, after) => {
    answer = { ...json({ ok: false }, 429), headers: after === undefined ? {} : { 'retry-after': after } };
    const outcome = await sendTo(name);
    expect(outcome).toMatchObject({ kind: 'retry', unsent: true });
    const { afterMs } = outcome as Outcome & { kind: 'retry' };
    expect(afterMs).toBeGreaterThanOrEqual(1_000);
    expect(afterMs).toBeLessThanOrEqual(900_000);
  });

  test('and says so where the pause is shortened', async () => {
    answer = { ...json({ ok: false }, 429), headers: { 'retry-after': '31536000' } };
    expect(await sendTo(name)).toMatchObject({
      afterMs: 900_000,
      because: expect.stringMatching(/365d.*15m/u) as string,
    });
  });
});
