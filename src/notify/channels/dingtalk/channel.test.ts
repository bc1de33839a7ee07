import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../../../test/support/clock.ts';
import { startFakeDingtalk, type FakeDingtalk } from '../../../../test/support/dingtalk.ts';
import { notice } from '../../../../test/support/notices.ts';
import { secretOf } from '../../../../test/support/secret.ts';
import { silent } from '../../../event/telemetry.ts';
import type { Channel, Delivery } from '../../channel.ts';
import type { Notice } from '../../notice.ts';
import { createDingtalkChannel, signedUrl } from './channel.ts';

let ding: FakeDingtalk;
let channel: Channel;

function open(token: string, secret: string, apiUrl = ding.url): Channel {
  const robots = { orders: { accessToken: secretOf(token), secret: secretOf(secret) } };
  return createDingtalkChannel({ apiUrl, robots }, { telemetry: silent, clock: rightClock() });
}

beforeEach(async () => {
  ding = await startFakeDingtalk();
  channel = open(ding.accessToken, ding.secret);
});
afterEach(() => ding.close());

function delivery(changes: Partial<Notice> = {}, rest: Partial<Delivery> = {}): Delivery {
  return { notice: notice(changes), target: 'orders', possibleDuplicate: false, deliveryId: 'd1', ...rest };
}

const runbook = {
  path: 'runbooks/order-sync.zh.md',
  markdown: readFileSync(new URL('../../../../rules/runbooks/order-sync.zh.md', import.meta.url), 'utf8'),
};

test('the signature is that of the published example', () => {
  const robot = { accessToken: secretOf('t'), secret: secretOf('this is secret') };
  const url = new URL(signedUrl('https://oapi.dingtalk.com', robot, 1_577_262_236_757));
  expect(url.searchParams.get('sign')).toBe('hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=');
  expect(url.href).toContain('sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D');
});

test('a signed message arrives with title, rule, reason, lines, steps and id', async () => {
  expect(await channel.send(delivery({ runbook, language: 'zh' }))).toEqual({ kind: 'sent' });
  const { title, text } = ding.messages[0]!;
  expect(title).toContain('Order sync failures');
  for (const part of [
    '`order_sync_failures`',
    '阈值 5',
    '处理步骤',
    "EXECUTE its_state ('ORD-20261123-004217')",
    '7c1e09b2a4f35d68',
  ]) {
    expect(text).toContain(part);
  }
});

test('code keeps its empty lines, and what is strong stays so around a value that ends in blanks', async () => {
  const markdown = 'Ask **about {{service}}** now.\n\n\n\n```\ncat <<E\n\n\n\nE\n```\n\n\n\nDone.';
  await channel.send(delivery({ runbook: { path: 'r.md', markdown }, values: { service: ['pay  '] } }));
  const { text } = ding.messages[0]!;
  expect(text).toContain('Ask **about pay**   now.');
  expect(text).toContain('```\ncat <<E\n\n\n\nE\n```\n\nDone.');
});

test.each([
  ['throttling', { errcode: 130101 }, { kind: 'retry', unsent: true, afterMs: 60_000 }],
  ['older throttling', { errcode: 410100 }, { kind: 'retry', unsent: true, afterMs: 60_000 }],
  ['busy', { errcode: -1 }, { kind: 'retry', unsent: true }],
  ['a wrong token', { errcode: 300005 }, { kind: 'failed' }],
  ['too long', { errcode: 460101 }, { kind: 'failed' }],
  ['the firewall', { waf: true }, { kind: 'retry', unsent: true }],
  ['a server error', { status: 502 }, { kind: 'retry', unsent: false }],
  ['a lost connection', { cut: true }, { kind: 'retry', unsent: false }],
] as const)('%s is told apart although it comes as HTTP 200', async (_name, failure, expected) => {
  ding.fail(failure);
  expect(await channel.send(delivery())).toMatchObject(expected);
});

test.each([
  ['sign not match', /signing secret/u],
  ['keywords not in content', /keywords/u],
  ['invalid timestamp', /clock/u],
  ['ip 1.2.3.4 not in whitelist', /address/u],
])('errcode 310000 with "%s" names its own fix', async (errmsg, fix) => {
  ding.fail({ errcode: 310000, errmsg });
  const outcome = await channel.send(delivery());
  expect(outcome).toMatchObject({ kind: 'failed', fix: expect.stringMatching(fix) as string });
});

test('a twenty-first message within the minute is refused as throttled', async () => {
  for (let i = 0; i < 20; i++) expect((await channel.send(delivery())).kind).toBe('sent');
  expect(await channel.send(delivery())).toMatchObject({ kind: 'retry', unsent: true });
  expect(channel.ratePerMinute('orders')).toBeLessThan(20);
});

test('the probe tells good from wrong credentials and sends nothing', async () => {
  expect(await channel.probe('orders')).toBeUndefined();
  expect(await open('wrong', ding.secret).probe('orders')).toMatchObject({
    fix: expect.stringContaining('access_token') as string,
  });
  expect(await open(ding.accessToken, 'wrong').probe('orders')).toMatchObject({
    fix: expect.stringContaining('secret') as string,
  });
  expect(await channel.probe('unknown')).toMatchObject({
    problem: 'DingTalk: no robot unknown is configured',
  });
  expect(ding.messages).toEqual([]);
});

test('no outcome holds the access token', async () => {
  const outcome = await open('tok-123', 'sec-456', 'http://127.0.0.1:5').send(delivery());
  expect(outcome).toMatchObject({ kind: 'retry', unsent: true });
  expect(JSON.stringify(outcome)).not.toMatch(/tok-123|sec-456/u);
});

test('an enormous message is cut at its steps until it fits', async () => {
  const markdown = `## 步骤\n\n${'1. 查看日志并回滚发布，然后通知负责人。\n\n```\nkubectl get pods\n```\n\n'.repeat(900)}`;
  const samples = Array.from({ length: 3 }, () => ({
    ...notice().samples[0]!,
    excerpt: '库存回滚<*'.repeat(500),
  }));
  const outcome = await channel.send(
    delivery({ samples, language: 'zh', runbook: { path: 'r.md', markdown } }),
  );
  expect(outcome.kind).toBe('sent');
  expect(ding.messages[0]!.bytes).toBeLessThan(20_000);
  expect(ding.messages[0]!.text).toContain('更多步骤见处理手册');
  expect(ding.messages[0]!.text).toContain('7c1e09b2a4f35d68');
});

test('a digest of fifty Chinese alerts fits and lists each', async () => {
  const digest = Array.from({ length: 50 }, (_, i) =>
    notice({
      language: 'zh',
      episode: { ...notice().episode, alertId: `alert-${i}`, group: { service: '订单服务'.repeat(40) } },
    }),
  );
  expect((await channel.send(delivery({}, { digest }))).kind).toBe('sent');
  for (let i = 0; i < 50; i++) expect(ding.messages[0]!.text).toContain(`alert-${i}`);
});

test('log text makes no link, picture, HTML or heading, whatever it holds', async () => {
  const evil = '# h ![p](http://evil/x.png) [click](http://evil) <font color=red>x</font> **b** `c` &lt;';
  const samples = [{ ...notice().samples[0]!, fields: {}, excerpt: evil }];
  const steps = { path: 'r.md', markdown: 'Look at {{order_id}}\n\n{{order_id}}' };
  await channel.send(delivery({ samples, values: { order_id: [evil] }, runbook: steps }));
  const { text } = ding.messages[0]!;
  expect(text).not.toMatch(/(?<!\\)\]\(http:\/\/evil/u);
  expect(text).not.toContain('<font');
  expect(text).not.toMatch(/^# h/mu);
  expect(text).not.toMatch(/(?<!\\)\*\*?b/u);
  expect(text).toContain('&amp;lt;');
});
