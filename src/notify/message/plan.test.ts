import { expect, test } from 'vitest';
import { notice, transition } from '../../../test/support/notices.ts';
import type { Route } from '../../config/config.ts';
import type { Rule, Span } from '../../rule/ast.ts';
import { authoredOnce } from './authored.ts';
import { plan, receiversOf, type PlanContext } from './plan.ts';

const span: Span = { file: 'r', start: 0, end: 0, line: 1, column: 1, endLine: 1, endColumn: 1 };

const rule: Rule = {
  name: 'order_sync_failures',
  title: 'Order sync failures',
  file: 'r',
  span,
  severity: 'critical',
  owner: 'team-order',
  labels: { domain: 'order' },
  from: [],
  lets: new Map(),
  alert: {
    kind: 'aggregate',
    comparisons: [
      {
        left: { kind: 'count', span },
        op: '>',
        right: { kind: 'number', value: 4, text: '4', span },
        span,
      },
    ],
    within: { ms: 300_000, span },
    by: [{ name: 'service', span }],
    span,
  },
  alertText: 'count > 4 within 5m by service',
  forMs: 0,
  resolveNever: false,
  resolveAfterMs: 300_000,
  cooldownMs: 0,
  notify: [],
  runbook: 'runbooks/order-sync.md',
  maxGroups: 1_000,
  tests: [],
  meaning: 'm',
};

const slack = { channel: 'slack', target: '#oncall' };
const ding = { channel: 'dingtalk', target: 'orders' };
const mail = { channel: 'email', target: 'a@b.c' };
const ROUTES: readonly Route[] = [
  { severity: ['critical'], labels: { domain: 'order' }, to: [slack, ding, slack] },
  { labels: {}, to: [mail] },
];

function context(changes: Partial<PlanContext> = {}): PlanContext {
  return {
    config: { routes: ROUTES, language: 'en', kibana: { url: 'https://k.example/', dataView: 'order-logs' } },
    rulebook: (path) =>
      path === 'runbooks/order-sync.md' ? '---\nurl: https://wiki/x\n---\nDo it' : undefined,
    openingOf: () => undefined,
    doubts: () => [],
    kql: () => '"ERROR" and ("order_timeout" or "inventory_rollback")',
    ...changes,
  };
}

test('the first fitting route decides, and each of its receivers gets one message', () => {
  const rows = plan(transition('fired'), rule, context());
  expect(rows.map((row) => row.receiver)).toEqual([slack, ding]);
  expect(new Set(rows.map((row) => row.key)).size).toBe(2);
});

test.each<[string, Partial<Rule>, readonly object[]]>([
  ['notify of the rule comes before any route', { notify: [mail] }, [mail]],
  ['another severity takes the next route', { severity: 'low' }, [mail]],
  ['a missing label takes the next route', { labels: {} }, [mail]],
])('%s', (_name, changes, expected) => {
  expect(receiversOf({ ...rule, ...changes }, ROUTES)).toEqual(expected);
});

test('the same transition gives the same keys, a later one of its thread others', () => {
  const keys = (of: Parameters<typeof plan>[0]): readonly string[] =>
    plan(of, rule, context({ openingOf: () => ({ receivers: [slack], notice: notice() }) })).map(
      (row) => row.key,
    );
  expect(keys(transition('fired'))).toEqual(keys(transition('fired')));
  expect(keys(transition('amended', { count: 13 }))).not.toEqual(keys(transition('amended', { count: 14 })));
});

test('a resolution goes to those who were told of the firing, also when routes have changed since', () => {
  const told = { receivers: [mail], notice: notice() };
  expect(
    plan(transition('resolved'), rule, context({ openingOf: () => told })).map((row) => row.receiver),
  ).toEqual([mail]);
  expect(plan(transition('resolved'), rule, context())).toEqual([]);
});

test('a message takes with it why the rule may be wrong as it is decided', () => {
  const doubts = [{ reason: 'lines_lost' as const }];
  const asked = (name: string) => (name === rule.name ? doubts : []);
  const [row] = plan(transition('fired'), rule, context({ doubts: asked }));
  expect(row!.notice.doubts).toEqual(doubts);
  expect(plan(transition('fired'), rule, context())[0]!.notice).not.toHaveProperty('doubts');
});

test('the alert of a rule that is gone resolves with the words of its firing', () => {
  const told = { receivers: [slack], notice: notice() };
  const [row] = plan(
    transition('resolved', { reason: 'removed' }),
    undefined,
    context({ openingOf: () => told }),
  );
  expect(row?.notice.rule.title).toBe('Order sync failures');
  expect(row?.notice.episode.reason).toBe('removed');
});

test('an alert whose rule was changed ends with limit and words of its firing, not with those of today', () => {
  const told = { receivers: [slack], notice: notice({ kibanaUrl: 'https://k.example/then' }) };
  const changed = { ...rule, title: 'Other', alertText: 'count >= 9 within 1m', meaning: 'of today' };
  const ended = transition('resolved', { reason: 'replaced', meaning: 'm' });
  const [row] = plan(ended, changed, context({ openingOf: () => told }));
  expect(row?.notice.rule).toEqual(told.notice.rule);
  expect(row?.notice.kibanaUrl).toBe('https://k.example/then');
});

test('a message takes the zone of its times with it', () => {
  const config = { routes: ROUTES, language: 'en' as const, timezone: 'Asia/Shanghai' };
  expect(plan(transition('fired'), rule, context({ config }))[0]?.notice.timezone).toBe('Asia/Shanghai');
});

test('what need not be announced gives no message', () => {
  expect(plan({ ...transition('fired'), announce: false }, rule, context())).toEqual([]);
});

test('the message knows the limit, the window, the runbook with its page, and the values for its steps', () => {
  const [row] = plan(transition('fired'), rule, context());
  expect(row?.notice).toMatchObject({
    rule: { threshold: 5, windowMs: 300_000 },
    runbook: { path: 'runbooks/order-sync.md', url: 'https://wiki/x' },
    values: { order_id: ['ORD-20261123-004217'], service: ['order-service'] },
  });
});

test('in Chinese the Chinese runbook is taken where there is one', () => {
  const config = { routes: ROUTES, language: 'zh' as const };
  const both = context({ config, rulebook: (path) => path });
  expect(plan(transition('fired'), rule, both)[0]?.notice.runbook?.path).toBe('runbooks/order-sync.zh.md');
  const one = plan(transition('fired'), rule, context({ config }))[0];
  expect(one?.notice.runbook?.path).toBe('runbooks/order-sync.md');
});

test('the Chinese runbook may have the title in Chinese', () => {
  const config = { routes: ROUTES, language: 'zh' as const };
  const rulebook = (path: string): string =>
    path.endsWith('.zh.md') ? '---\ntitle: 订单未同步\n---\n# T' : '# T';
  const titled = plan(transition('fired'), rule, context({ config, rulebook }))[0];
  expect(titled?.notice.rule.title).toBe('订单未同步');
  expect(plan(transition('fired'), rule, context({ rulebook }))[0]?.notice.rule.title).toBe(
    'Order sync failures',
  );
});

test('the Kibana link opens the condition, the group and the time of the alert in Discover', () => {
  const [row] = plan(transition('fired', { group: { service: 'a"b\\c', shard: 3 } }), rule, context());
  const url = new URL(row!.notice.kibanaUrl!);
  expect(url.origin + url.pathname).toBe('https://k.example/app/r');
  expect(url.searchParams.get('l')).toBe('DISCOVER_APP_LOCATOR');
  expect(JSON.parse(url.searchParams.get('p')!)).toEqual({
    dataViewId: 'order-logs',
    query: {
      language: 'kuery',
      query: '("ERROR" and ("order_timeout" or "inventory_rollback")) and service:"a\\"b\\\\c" and shard:3',
    },
    timeRange: { from: '2026-11-23T11:59:11.204Z', to: '2026-11-23T12:04:11.205Z', mode: 'absolute' },
  });
});

test('a condition too long for a link leaves group and time', () => {
  const [row] = plan(transition('fired'), rule, context({ kql: () => '"x" or '.repeat(500) }));
  expect(row!.notice.kibanaUrl!.length).toBeLessThan(2_500);
  const { query } = JSON.parse(new URL(row!.notice.kibanaUrl!).searchParams.get('p')!) as { query: object };
  expect(query).toEqual({ language: 'kuery', query: 'service:"order-service"' });
});

test.each([
  ['of two values the shorter', { a: 'x', b: 'y'.repeat(3_000) }, '("k") and a:"x"', true],
  [
    'as many values as fit',
    { a: 'x'.repeat(1_200), b: 'y'.repeat(1_200), c: 'z' },
    '("k") and a:"' + 'x'.repeat(1_200) + '" and c:"z"',
    true,
  ],
  ['no value', { a: '单'.repeat(2_000) }, 'k', true],
] as const)('a link that would be too long has %s, and says so', (_what, group, kql, wider) => {
  const [row] = plan(
    transition('fired', { group }),
    rule,
    context({ kql: () => (kql === 'k' ? 'k' : '"k"') }),
  );
  const { kibanaUrl, kibanaWider } = row!.notice;
  const { query } = JSON.parse(new URL(kibanaUrl!).searchParams.get('p')!) as { query: { query: string } };
  expect(query.query).toBe(kql);
  expect(kibanaUrl!.length).toBeLessThanOrEqual(2_500);
  expect(kibanaWider).toBe(wider);
});

test('where neither condition nor values fit, the link has the time alone', () => {
  const long = { kql: () => '"x" or '.repeat(500) };
  const [row] = plan(transition('fired', { group: { a: 'y'.repeat(3_000) } }), rule, context(long));
  expect(row!.notice.kibanaUrl!.length).toBeLessThan(2_500);
  expect(row!.notice).toMatchObject({ kibanaWider: true });
  const { query } = JSON.parse(new URL(row!.notice.kibanaUrl!).searchParams.get('p')!) as { query: object };
  expect(query).toEqual({ language: 'kuery', query: '' });
});

test('a link with all of its values says nothing of others', () => {
  expect(plan(transition('fired'), rule, context())[0]!.notice).not.toHaveProperty('kibanaWider');
});

test('a link without a value that nobody may see says that it shows more', () => {
  const group = { service: 'pay', user: 'a@b.example' };
  const isShown = (name: string): boolean => name !== 'user';
  const [row] = plan(transition('fired', { group }), rule, context({ isShown, kql: () => '"k"' }));
  const { query } = JSON.parse(new URL(row!.notice.kibanaUrl!).searchParams.get('p')!) as { query: object };
  expect(query).toEqual({ language: 'kuery', query: '("k") and service:"pay"' });
  expect(row!.notice).toMatchObject({ kibanaWider: true });
});

test('the alerts of a batch share what authors wrote: it is read once, and anew for the next', () => {
  const read: string[] = [];
  const asked = context({ rulebook: (path) => (read.push(path), '# Do it') });
  for (let batch = 0; batch < 2; batch++) {
    const authored = authoredOnce(asked);
    const shown = ['a', 'b', 'c'].map((service) => {
      const fired = transition('fired', { group: { service } });
      return plan(fired, { ...rule }, asked, authored)[0]!.notice.runbook;
    });
    expect(new Set(shown).size).toBe(1);
  }
  expect(read).toEqual(['runbooks/order-sync.md', 'runbooks/order-sync.md']);
  const authored = authoredOnce(asked);
  const views = ['a', 'b'].map(
    (service) => plan(transition('fired', { group: { service } }), rule, asked, authored)[0]!.notice.rule,
  );
  expect(views[0]).toBe(views[1]);
});

test('a message holds no more of a runbook, nor of a list of groups, than can be shown', () => {
  const nothing: Rule = {
    ...rule,
    alert: {
      kind: 'nothing',
      during: { ms: 60_000, span },
      by: [{ name: 'service', span }],
      span,
      expected: { field: { name: 'service', span }, file: 'l.txt', values: ['a', 'b'], span },
    },
  };
  const [row] = plan(transition('fired'), nothing, context({ rulebook: () => 'x'.repeat(990_000) }));
  expect(row!.notice.runbook!.markdown.length).toBe(200_000);
  expect(row!.notice.rule.alert).toEqual({ ...nothing.alert, expected: undefined });
  expect(JSON.stringify(row!.notice.rule)).not.toContain('l.txt');
});
