import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../../../test/support/clock.ts';
import { notice, resolvedEpisode } from '../../../../test/support/notices.ts';
import { secretOf } from '../../../../test/support/secret.ts';
import { startFakeSlack, type FakeSlack, type FakeSlackOptions } from '../../../../test/support/slack.ts';
import { silent } from '../../../event/telemetry.ts';
import type { Channel, Delivery } from '../../channel.ts';
import type { Notice } from '../../notice.ts';
import { createSlackChannel } from './channel.ts';

let slack: FakeSlack;
let channel: Channel;

async function open(options?: FakeSlackOptions): Promise<void> {
  slack = await startFakeSlack(options);
  channel = createSlackChannel(
    { token: secretOf(slack.token), apiUrl: slack.url },
    { telemetry: silent, clock: rightClock() },
  );
}

beforeEach(() => open());
afterEach(() => slack.close());

function delivery(changes: Partial<Notice> = {}, rest: Partial<Delivery> = {}): Delivery {
  return { notice: notice(changes), target: '#oncall', possibleDuplicate: false, deliveryId: 'd1', ...rest };
}

const runbook = {
  path: 'runbooks/order-sync.md',
  url: 'https://wiki.example/order-sync',
  markdown: readFileSync(new URL('../../../../rules/runbooks/order-sync.md', import.meta.url), 'utf8'),
};
const allText = (at = 0): string => JSON.stringify(slack.messages[at]?.blocks);

test('a firing is one message with title, rule, reason, lines, steps, links and id', async () => {
  const outcome = await channel.send(delivery({ runbook, kibanaUrl: 'https://k.example/app/r?p=%7B%7D' }));
  expect(outcome).toEqual({
    kind: 'sent',
    thread: { channel: slack.messages[0]?.channel, ts: slack.messages[0]?.ts },
  });
  expect(slack.messages).toHaveLength(1);
  expect(slack.messages[0]).toMatchObject({
    deliveryId: 'd1',
    blocks: [{ type: 'header' }, {}, {}, {}, {}, {}],
  });
  for (const part of [
    'Order sync failures',
    '`order_sync_failures`',
    '12 in 5 min (limit 5)',
    'inventory_rollback: reservation',
    "EXECUTE its_state ('ORD-20261123-004217')",
    '<https://k.example/app/r?p=%7B%7D|Open in Kibana>',
    '<https://wiki.example/order-sync|Runbook>',
    '7c1e09b2a4f35d68',
  ]) {
    expect(allText()).toContain(part);
  }
});

test('what looks like the borders of a block of Slack in a runbook stays a part of its steps', async () => {
  const yaml = 'kind: Pod\n---\n# second\n-# third\nkind: Job';
  const markdown = `Apply it.\n\n---\n\n-# Wait for it.\n\n\`\`\`yaml\n${yaml}\n\`\`\`\n\n---\n\n> # Tell them.`;
  await channel.send(delivery({ runbook: { ...runbook, markdown } }));
  const { blocks } = slack.messages[0]!;
  expect(blocks.map(({ type }) => type)).toEqual([
    ...['header', 'section', 'section', 'section', 'section', 'context'],
  ]);
  expect(blocks[3]!.text!.text).toBe(
    `*What to do*\nApply it.\n---\n-# Wait for it.\n\`\`\`\n${yaml}\n\`\`\`\n---\n> # Tell them.`,
  );
});

test('what looks like the border of a block in a value stays a part of where the template puts it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slack-'));
  writeFileSync(join(folder, 'slack.hbs'), '# Alert\n---\n{{title}}\n{{because}}\n{{owner}}\n---\nend');
  const own = createSlackChannel(
    { token: secretOf(slack.token), apiUrl: slack.url },
    { telemetry: silent, clock: rightClock(), templatesDir: folder },
  );
  const { rule } = notice();
  for (const value of ['---', '# big', '-# small']) {
    await own.send(delivery({ rule: { ...rule, title: value, owner: value }, because: value }));
    const { blocks } = slack.messages.at(-1)!;
    expect(blocks.map(({ text }) => text?.text)).toEqual(['Alert', `${value}\n${value}\n${value}`, 'end']);
  }
  rmSync(folder, { recursive: true });
});

test.each([
  ['is paid :fire:', 'is paid `:fire:`'],
  ['a:100:b', '`a:100:b`'],
  ['at 12:03:11 and 10:100:9', 'at 12:03:11 and 10:100:9'],
  ['::1 or Foo::bar', '::1 or Foo::bar'],
])('a name between colons is no picture: %s', async (because, shown) => {
  await channel.send(delivery({ because }));
  expect(slack.messages[0]!.blocks[1]!.text!.text).toContain(shown);
});

test('a resolution brings the root up to date and goes into its thread', async () => {
  const fired = await channel.send(delivery({ runbook }));
  const thread = fired.kind === 'sent' ? fired.thread! : {};
  const outcome = await channel.send(
    delivery({ kind: 'resolved', episode: resolvedEpisode }, { thread, deliveryId: 'd2' }),
  );
  expect(outcome).toEqual({ kind: 'sent', thread });
  expect(slack.messages).toHaveLength(2);
  expect(slack.messages[0]).toMatchObject({ edits: 1 });
  expect(allText()).toContain('Resolved');
  expect(slack.messages[1]).toMatchObject({ threadTs: thread['ts'], deliveryId: 'd2' });
});

test('what is sent again after a crash leaves one message, and its thread takes the resolution', async () => {
  await slack.close();
  await open({ mayRead: true });
  await channel.send(delivery({ threadId: 'another' }, { deliveryId: 'd0' }));
  await channel.send(delivery());
  // Nobody heard of it twice: crashes before the outcome was noted.
  await channel.send(delivery({}, { possibleDuplicate: true }));
  const outcome = await channel.send(delivery({}, { possibleDuplicate: true }));
  expect(slack.messages.map(({ deliveryId }) => deliveryId)).toEqual(['d0', 'd1']);
  const { ts } = slack.messages[1]!;
  expect(outcome).toMatchObject({ kind: 'sent', thread: { ts } });
  const thread = outcome.kind === 'sent' ? outcome.thread! : {};
  await channel.send(delivery({ kind: 'resolved', episode: resolvedEpisode }, { thread, deliveryId: 'd2' }));
  expect(slack.messages[1]).toMatchObject({ ts, edits: 1 });
  expect(allText(1)).toContain('Resolved');
  expect(allText(0)).toContain('Firing');
});

test('an app that may not look into the channel leaves both, the later one marked', async () => {
  await channel.send(delivery());
  const outcome = await channel.send(delivery({}, { possibleDuplicate: true }));
  expect(outcome).toMatchObject({
    kind: 'sent',
    thread: { ts: slack.messages[1]!.ts },
    note: expect.stringContaining('channels:history') as string,
  });
  expect(allText(1)).toContain('Possible duplicate');
});

test('a root that is gone is replaced by a new one', async () => {
  const fired = await channel.send(delivery());
  slack.remove(slack.messages[0]!.ts);
  slack.fail({ error: 'message_not_found' });
  const thread = fired.kind === 'sent' ? fired.thread! : {};
  const outcome = await channel.send(delivery({ kind: 'resolved', episode: resolvedEpisode }, { thread }));
  expect(outcome).toMatchObject({ kind: 'sent', thread: { ts: slack.messages[0]!.ts } });
  expect(slack.messages[0]?.threadTs).toBeUndefined();
});

test('blocks that Slack refuses are replaced by plain text', async () => {
  slack.fail({ error: 'invalid_blocks' });
  expect(await channel.send(delivery({ runbook }))).toMatchObject({ kind: 'sent' });
  expect(slack.messages[0]).toMatchObject({ blocks: [] });
  expect(slack.messages[0]?.text).toContain('order_sync_failures');
});

test.each([
  ['429', { status: 429, retryAfterS: 7 }, { kind: 'retry', unsent: true, afterMs: 7_000 }],
  ['500', { status: 500 }, { kind: 'retry', unsent: false }],
  ['503', { status: 503 }, { kind: 'retry', unsent: true }],
  ['a proxy that refuses', { status: 403 }, { kind: 'retry', unsent: true }],
  ['a request that Slack did not understand', { error: 'request_timeout' }, { kind: 'retry', unsent: true }],
  ['Slack out of service', { error: 'service_unavailable' }, { kind: 'retry', unsent: true }],
  ['a lost connection', { cut: true }, { kind: 'retry', unsent: false }],
  ['a missing channel', { error: 'channel_not_found' }, { kind: 'failed' }],
  ['a revoked token', { error: 'token_revoked' }, { kind: 'failed' }],
  ['trouble inside Slack', { error: 'internal_error' }, { kind: 'retry', unsent: false }],
] as const)('%s is told apart, and nothing is retried by the client', async (_name, failure, expected) => {
  slack.fail(failure);
  expect(await channel.send(delivery())).toMatchObject(expected);
  expect(slack.calls).toHaveLength(1);
});

test('a server that cannot be reached has certainly received nothing', async () => {
  const gone = createSlackChannel(
    { token: secretOf('x'), apiUrl: 'http://127.0.0.1:5/api/' },
    { telemetry: silent, clock: rightClock() },
  );
  expect(await gone.send(delivery())).toMatchObject({ kind: 'retry', unsent: true });
});

test('a wrong token is named by the probe with its fix, a good one is fine', async () => {
  expect(await channel.probe('#oncall')).toBeUndefined();
  const wrong = createSlackChannel(
    { token: secretOf('xoxb-wrong'), apiUrl: slack.url },
    { telemetry: silent, clock: rightClock() },
  );
  expect(await wrong.probe('#oncall')).toEqual({
    problem: 'Slack: invalid_auth',
    fix: 'Put a valid bot token (xoxb-…) into channels.slack.token.',
  });
});

test('an enormous runbook and enormous lines stay within the limits of Slack', async () => {
  const huge = `## Go\n\n${'1. Do **this** & that <now> `x`\n\n```\ncommand --with "quotes" && more\n```\n\n'.repeat(2_000)}`;
  const samples = Array.from({ length: 9 }, () => ({
    ...notice().samples[0]!,
    excerpt: '<&`*_~'.repeat(9_000),
  }));
  const outcome = await channel.send(delivery({ samples, runbook: { path: 'r.md', markdown: huge } }));
  expect(outcome.kind).toBe('sent');
  expect(slack.messages[0]!.blocks.length).toBeGreaterThan(4);
  expect(allText()).toContain('7c1e09b2a4f35d68');
});

test('a digest of fifty fits, lists each, and its thread takes the resolutions without changing it', async () => {
  const digest = Array.from({ length: 50 }, (_, i) =>
    notice({
      episode: { ...notice().episode, alertId: `alert-${i}`, group: { service: `<&>${'s'.repeat(100)}` } },
    }),
  );
  const outcome = await channel.send(delivery({}, { digest }));
  expect(outcome.kind).toBe('sent');
  for (let i = 0; i < 50; i++) expect(allText()).toContain(`alert-${i}`);
  const thread = outcome.kind === 'sent' ? outcome.thread! : {};
  await channel.send(delivery({ kind: 'resolved', episode: resolvedEpisode }, { thread }));
  expect(slack.messages[0]?.edits).toBe(0);
  expect(slack.messages[1]?.threadTs).toBe(thread['ts']);
});

test('log text makes no mention, link or formatting, whatever it holds', async () => {
  const evil = '<!channel> <@U123> <https://evil.example|click> @here *bold* _it_ ~s~ `x` ```end';
  const samples = [{ ...notice().samples[0]!, fields: {}, excerpt: evil }];
  const values = { order_id: [evil] };
  const steps = { path: 'r.md', markdown: 'Look at {{order_id}}\n\n```\nshow {{order_id}}\n```' };
  await channel.send(
    delivery({
      samples,
      values,
      runbook: steps,
      because: evil,
      episode: { ...notice().episode, group: { service: evil } },
    }),
  );
  const text = allText();
  expect(text).not.toContain('<!');
  expect(text).not.toContain('<@');
  expect(text).not.toContain('<https://evil');
  const outsideCode = text.split('```').filter((_part, i) => i % 2 === 0);
  expect(outsideCode.join()).not.toMatch(/(?<!`)\*bold\*(?!`)/u);
  expect(text.split('```').length % 2).toBe(1);
  expect(text).toContain('show {{order_id}}');
  expect(slack.messages[0]!.text).not.toContain('<');
  const sections = slack.messages[0]!.blocks.filter((block) => block.type === 'section');
  expect(sections.every((block) => (block.text as { verbatim?: boolean }).verbatim === true)).toBe(true);
});
