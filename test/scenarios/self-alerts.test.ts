/** Tocsin in trouble of its own: whoever relies on it hears so, once, by the ways that still work, and never that all is well. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';
import { startFakeWebhook, type FakeWebhook } from '../support/webhook.ts';
import { startSmtp, type Smtp } from '../support/smtp.ts';

let shop: Shop;
let hook: FakeWebhook;
let smtp: Smtp;
let tocsin: TocsinProcess | undefined;

const RULE = `rule order_timeouts "Orders time out" {
  severity high
  when     "ERROR" AND "order_timeout"
  alert    count >= 3 within 1s by service
  max_groups 2
}
`;

beforeEach(async () => {
  [hook, smtp] = await Promise.all([startFakeWebhook(), startSmtp()]);
  shop = openShop({
    source: "file: { path: 'logs/*.log' }\n    silent_after: 6s",
    channels: `{ webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}' } }, email: { smtp: '${smtp.url}', from: a@example.com } }`,
    routes: "'webhook:audit', 'email:oncall@example.com'",
  });
  shop.append('self_alerts: { hold: 1s }\n', 'tocsin.yaml');
  shop.write('rules/order.rule', RULE);
});

afterEach(async () => {
  await tocsin?.end('SIGKILL');
  await Promise.all([hook.close(), smtp.close()]);
  shop.close();
});

interface Posted {
  readonly kind: string;
  readonly alert: {
    readonly rule: string;
    readonly threadId: string;
    readonly group: object;
    readonly sentence: string;
  };
}

const posted = (name: string): readonly Posted[] =>
  (hook.bodies as unknown as readonly Posted[]).filter(({ alert }) => alert.rule === name);

/** Kinds of the messages about one thing, in order. */
const kinds = (name: string): readonly string[] => posted(name).map(({ kind }) => kind);

const mails = (name: string): readonly string[] =>
  smtp.mails.filter(({ text = '' }) => text.includes(name)).map(({ text = '' }) => text);

async function seen(name: string, count: number): Promise<void> {
  await until(
    () => kinds(name).length >= count && mails(name).length >= count,
    90_000,
    () =>
      `${name}: ${JSON.stringify(kinds(name))}, ${mails(name).length} mails\n${tocsin?.stderr().slice(-3_000) ?? ''}`,
  );
}

async function reasons(): Promise<readonly string[]> {
  const { code, stdout, stderr } = await shop.command('alerts', '--json', '--rules');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{"incomplete"'))
    .map((line) => (JSON.parse(line) as { incomplete: { reason: string } }).incomplete.reason);
}

test('a source that falls silent is told once, also across a kill, and its end in the same thread', async () => {
  shop.fault('pay');
  tocsin = shop.run();
  await seen('tocsin_source_silent', 1);
  expect(posted('tocsin_source_silent')[0]!.alert.group).toEqual({ source: 'shop' });
  expect(mails('tocsin_source_silent')[0]).toContain('Restore service first');
  expect(await reasons()).toContain('source_silent');

  await tocsin.end('SIGKILL');
  expect(await reasons()).toEqual(['not_running']);
  tocsin = shop.run();
  // Two looks of the new process, each of which could tell it again.
  await until(
    async () => (await reasons()).includes('source_silent'),
    60_000,
    () => tocsin!.stderr(),
  );
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(kinds('tocsin_source_silent')).toEqual(['fired']);

  const talk = setInterval(() => shop.fault('pay', 'fine'), 500);
  try {
    await seen('tocsin_source_silent', 2);
  } finally {
    clearInterval(talk);
  }
  const [fired, resolved] = posted('tocsin_source_silent');
  expect([fired!.kind, resolved!.kind]).toEqual(['fired', 'resolved']);
  expect(resolved!.alert.threadId).toBe(fired!.alert.threadId);
  expect(await reasons()).not.toContain('source_silent');
  expect(await tocsin.end('SIGTERM')).toBe(0);
});

test('rules that become invalid are told, and that they are in force again', async () => {
  tocsin = shop.run();
  await until(
    () => tocsin!.stderr().includes('"message":"running"'),
    60_000,
    () => tocsin!.stderr(),
  );
  shop.write('rules/order.rule', RULE.replace('within', 'withn'));
  await seen('tocsin_rules_invalid', 1);
  expect(posted('tocsin_rules_invalid')[0]!.alert.sentence).toMatch(/order\.rule:4:\d+: error TOC\d+/u);
  expect(await reasons()).toContain('rules_invalid');
  shop.write('rules/order.rule', RULE.replace('severity high', 'severity low'));
  await seen('tocsin_rules_invalid', 2);
  expect(kinds('tocsin_rules_invalid')).toEqual(['fired', 'resolved']);
  expect(tocsin.stderr()).toContain(
    'rule order_timeouts was changed and means the same: it keeps its windows',
  );
  expect((await shop.command('alerts')).stdout).toContain('its meaning is the same: it kept its windows');
  expect(await tocsin.end('SIGTERM')).toBe(0);
});

test('groups that are dropped are told with the rule, and stand beside the alerts also after a restart', async () => {
  for (const service of ['a', 'b', 'c', 'd', 'e']) shop.fault(service);
  tocsin = shop.run();
  // Lines of a later time settle the ones before.
  const talk = setInterval(() => shop.fault('a', 'fine'), 500);
  try {
    await seen('tocsin_groups_dropped', 1);
    const { alert } = posted('tocsin_groups_dropped')[0]!;
    expect(alert.group).toEqual({ rule: 'order_timeouts' });
    expect(alert.sentence).toContain('has dropped 3 groups');
    expect(await tocsin.end('SIGTERM')).toBe(0);
    tocsin = shop.run();
    await until(
      async () => (await reasons()).includes('groups_dropped'),
      60_000,
      () => tocsin!.stderr(),
    );
    expect(kinds('tocsin_groups_dropped')).toEqual(['fired']);
  } finally {
    clearInterval(talk);
  }
});

test('of a receiver that fails the others hear, once, and it hears of it itself when it works again', async () => {
  const down = Array.from({ length: 500 }, () => ({ status: 503 }));
  hook.fail(...down);
  for (let i = 0; i < 3; i += 1) shop.fault('pay');
  tocsin = shop.run();
  await until(
    () => mails('tocsin_receiver_failing').length === 1,
    120_000,
    () => tocsin!.stderr().slice(-3_000),
  );
  expect(mails('tocsin_receiver_failing')[0]).toMatch(/webhook:audit takes no messages .*HTTP 503/u);
  expect(hook.bodies).toEqual([]);
  hook.recover();
  await seen('tocsin_receiver_failing', 2);
  expect(kinds('tocsin_receiver_failing')).toEqual(['fired', 'resolved']);
  expect(kinds('order_timeouts')).toContain('fired');
  expect(mails('tocsin_receiver_failing')).toHaveLength(2);
  expect(await tocsin.end('SIGTERM')).toBe(0);
});

test('nothing of it is told at a clean start and stop, and a backtest knows nothing of it', async () => {
  const talk = setInterval(() => shop.fault('pay', 'fine'), 500);
  try {
    tocsin = shop.run();
    await until(
      async () => (await reasons()).length === 0,
      60_000,
      () => tocsin!.stderr(),
    );
    // Looks enough for whatever is thought wrong to outlast its hold.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    expect(await tocsin.end('SIGTERM')).toBe(0);
  } finally {
    clearInterval(talk);
  }
  expect(hook.bodies).toEqual([]);
  const { code, stdout } = await shop.command('backtest', '--input', 'logs/shop.log', '--json');
  expect(code).toBe(0);
  expect(stdout).not.toContain('tocsin_');
  expect(readFileSync(shop.path('tocsin.yaml'), 'utf8')).toContain('self_alerts');
});
