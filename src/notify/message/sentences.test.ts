/** What a message says in words, form by form, in both languages: a person who was woken up must know from it what happened. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orderContext } from '../../../test/support/rule-context.ts';
import { transition } from '../../../test/support/notices.ts';
import type { Episode, Sample } from '../../event/alert.ts';
import type { Value } from '../../event/event.ts';
import { excerptOf } from '../../event/excerpt.ts';
import type { Rule } from '../../rule/ast.ts';
import { loadRuleTexts } from '../../rule/load.ts';
import { contentOf, type Content } from './content.ts';
import { digestOf } from './digest.ts';
import type { Language, Notice } from '../notice.ts';
import { plan } from './plan.ts';

const ZONE = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (ZONE === undefined) delete process.env['TZ'];
  else process.env['TZ'] = ZONE;
});

const START_MS = Date.UTC(2026, 10, 23, 12, 0, 0);
const MINUTE_MS = 60_000;

function ruleOf(clauses: string): Rule {
  const load = loadRuleTexts([{ file: 'x.rule', text: `rule r {\n${clauses}\n}` }], orderContext);
  expect(load.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return load.ruleset!.rules[0]!;
}

function sample(minute: number, fields: Readonly<Record<string, readonly Value[]>> = {}): Sample {
  const position = { source: 'orders', partition: 0, offset: minute };
  return { timeMs: START_MS + minute * MINUTE_MS, position, excerpt: '', fields };
}

/** Begun at 12:00, fired ten minutes later; resolved 15 minutes after that. */
function noticeOf(
  clauses: string,
  kind: 'fired' | 'resolved',
  language: Language,
  changes: Partial<Episode>,
): Notice {
  const firedAtMs = START_MS + 10 * MINUTE_MS;
  const rule = ruleOf(clauses);
  const base = transition(kind, {
    meaning: rule.meaning,
    group: { order_id: 'A17' },
    firstEvent: { position: sample(0).position, timeMs: START_MS },
    firedAtMs,
    count: 1,
    samples: [sample(0)],
    ...(kind === 'resolved' && { resolvedAtMs: firedAtMs + 15 * MINUTE_MS, reason: 'healed' as const }),
    ...changes,
  });
  const [row] = plan(base, rule, {
    config: { routes: [{ labels: {}, to: [{ channel: 'terminal', target: '' }] }], language },
    rulebook: () => undefined,
    openingOf: (threadId) =>
      kind === 'fired'
        ? undefined
        : { receivers: [{ channel: 'terminal', target: '' }], notice: { threadId } as Notice },
    doubts: () => [],
    kql: () => '',
  });
  return row!.notice;
}

function told(
  clauses: string,
  kind: 'fired' | 'resolved',
  language: Language,
  changes: Partial<Episode> = {},
): Content {
  return contentOf({ notice: noticeOf(clauses, kind, language, changes), possibleDuplicate: false });
}

const forms = {
  absence:
    'let paid = status:SUCCESS\nlet stock_synced = "inventory synced"\nalert paid not followed by stock_synced within 10m by order_id',
  sequence:
    'let paid = status:SUCCESS\nlet closed = order_state:CLOSED\nalert paid then closed within 30m by order_id until refunded\nlet refunded = "refund completed"',
  together:
    'let paid = status:SUCCESS\nlet closed = order_state:CLOSED\nalert all of paid, closed within 30m by order_id until refunded\nlet refunded = "refund completed"',
  stay: 'when service:order\nalert order_state stays PROCESSING for 72h by order_id',
  change: 'when service:order\nalert order_state changes from DELIVERED to * within 30d by order_id',
  fresh: 'when service:order\nalert new error_code within 7d by order_id',
  silence: 'when "heartbeat"\nalert nothing for 10m by order_id',
  ratio:
    'let failed = status:FAILED\nlet finished = status:(FAILED OR SUCCESS)\nalert count(failed) / count(finished) > 5% and count(finished) >= 100 within 10m by order_id',
  least: 'when retries:*\nalert min(retries) > 10000 and count >= 3 within 5m by order_id',
  surge: 'when level:ERROR\nalert count > 3 * baseline(24h) and count >= 20 within 5m by order_id',
};

test.each<[keyof typeof forms, Partial<Episode>, string, string]>([
  [
    'absence',
    {},
    '“paid” at 2026-11-23 12:00:00 UTC, and no “stock synced” within 10 min (order_id = A17).',
    '2026-11-23 12:00:00 UTC 出现“paid”，此后 10 分钟内没有“stock synced”（order_id = A17）。',
  ],
  [
    'sequence',
    {},
    '“paid”, then “closed” within 30 min for order_id = A17: from 2026-11-23 12:00:00 UTC to 2026-11-23 12:10:00 UTC.',
    '30 分钟内依次出现“paid”、“closed”（order_id = A17）：从 2026-11-23 12:00:00 UTC 到 2026-11-23 12:10:00 UTC。',
  ],
  [
    'together',
    {},
    '“paid” and “closed” within 30 min for order_id = A17: the first at 2026-11-23 12:00:00 UTC, the last at 2026-11-23 12:10:00 UTC.',
    '30 分钟内出现了“paid”和“closed”（order_id = A17）：先 2026-11-23 12:00:00 UTC，后 2026-11-23 12:10:00 UTC。',
  ],
  [
    'stay',
    {},
    'order_state has been PROCESSING for 3 d, since 2026-11-23 12:00:00 UTC (order_id = A17).',
    'order_state 自 2026-11-23 12:00:00 UTC 起一直是 PROCESSING，已有 3 天（order_id = A17）。',
  ],
  [
    'change',
    { samples: [sample(10, { order_state: ['SHIPPED'] }), sample(1, { order_state: ['DELIVERED'] })] },
    'order_state went from DELIVERED to SHIPPED at 2026-11-23 12:10:00 UTC (order_id = A17).',
    'order_state 于 2026-11-23 12:10:00 UTC 由 DELIVERED 变为 SHIPPED（order_id = A17）。',
  ],
  [
    'fresh',
    { samples: [sample(10, { error_code: ['E77'] })] },
    'New error_code E77 at 2026-11-23 12:10:00 UTC: not seen in the 7 d before (order_id = A17).',
    '2026-11-23 12:10:00 UTC 出现新的 error_code E77（order_id = A17），此前 7 天内没有过。',
  ],
  [
    'silence',
    {},
    'No log line with "heartbeat" for 10 min, since 2026-11-23 12:00:00 UTC (order_id = A17).',
    '自 2026-11-23 12:00:00 UTC 起，10 分钟内没有 "heartbeat" 的日志（order_id = A17）。',
  ],
  [
    'ratio',
    {
      measured: [
        [0.0751, 0.05],
        [120, 100],
      ],
    },
    'Within 10 min for order_id = A17: “failed” / “finished” = 7.51 % (limit: above 5 %), “finished” = 120 (limit: at least 100).',
    '10 分钟内（order_id = A17）：“failed” / “finished” = 7.51 %（阈值：高于 5 %），“finished” = 120（阈值：不低于 100）。',
  ],
  [
    'ratio',
    {},
    'Within 10 min for order_id = A17: “failed” / “finished” above 5 %, “finished” at least 100.',
    '10 分钟内（order_id = A17）：“failed” / “finished”高于 5 %，“finished”不低于 100。',
  ],
  [
    'least',
    {
      measured: [
        [25_000, 10_000],
        [3, 3],
      ],
    },
    'Within 5 min for order_id = A17: smallest retries = 25,000 (limit: above 10,000), log lines = 3 (limit: at least 3).',
    '5 分钟内（order_id = A17）：retries 最小值 = 25,000（阈值：高于 10,000），日志条数 = 3（阈值：不低于 3）。',
  ],
  [
    'surge',
    {
      measured: [
        [20, 13.5],
        [20, 20],
      ],
    },
    'Within 5 min for order_id = A17: log lines = 20 (limit: above 13.5, that is 3 times the average of the 1 d before, at least 20).',
    '5 分钟内（order_id = A17）：日志条数 = 20（阈值：高于 13.5，即此前 1 天平均值的 3 倍，不低于 20）。',
  ],
])('the firing of %s says what happened', (form, changes, english, chinese) => {
  expect(told(forms[form], 'fired', 'en', changes).sentence).toBe(english);
  expect(told(forms[form], 'fired', 'zh', changes).sentence).toBe(chinese);
});

test.each<[keyof typeof forms, Partial<Episode>, string, string]>([
  [
    'absence',
    {},
    '“stock synced” came after all, at 2026-11-23 12:25:00 UTC, 25 min after “paid” (order_id = A17).',
    '2026-11-23 12:25:00 UTC 终于出现“stock synced”（order_id = A17），距“paid” 25 分钟。',
  ],
  [
    'together',
    {},
    '“refunded” came at 2026-11-23 12:25:00 UTC for order_id = A17. It lasted 15 min.',
    '2026-11-23 12:25:00 UTC 出现“refunded”（order_id = A17）。持续 15 分钟。',
  ],
  [
    'together',
    { reason: 'quiet' },
    'Closed at 2026-11-23 12:25:00 UTC for order_id = A17: it has not come again, but no “refunded” came either; it may not be fixed.',
    '已于 2026-11-23 12:25:00 UTC 关闭（order_id = A17）：没有再次出现，但也没有“refunded”，问题未必已解决。',
  ],
  [
    'stay',
    {},
    'order_state is no longer PROCESSING since 2026-11-23 12:25:00 UTC; it was for 25 min (order_id = A17).',
    'order_state 自 2026-11-23 12:25:00 UTC 起不再是 PROCESSING（order_id = A17），共停留 25 分钟。',
  ],
  [
    'silence',
    {},
    'Heard again at 2026-11-23 12:25:00 UTC, after 25 min of silence (order_id = A17).',
    '2026-11-23 12:25:00 UTC 重新有消息（order_id = A17），此前沉默 25 分钟。',
  ],
  [
    'ratio',
    { reason: 'quiet' },
    'Back within the limits, resolved at 2026-11-23 12:25:00 UTC for order_id = A17. It lasted 15 min.',
    '已回到阈值以内，于 2026-11-23 12:25:00 UTC 关闭（order_id = A17）。持续 15 分钟。',
  ],
])('the end of %s says what ended it', (form, changes, english, chinese) => {
  expect(told(forms[form], 'resolved', 'en', changes).sentence).toBe(english);
  expect(told(forms[form], 'resolved', 'zh', changes).sentence).toBe(chinese);
});

test('why now has the figures and the group, short enough for a list', () => {
  const whyNow = (form: keyof typeof forms): string => told(forms[form], 'fired', 'en').whyNow;
  expect(whyNow('absence')).toBe('no “stock synced” within 10 min after “paid” · order_id = A17');
  expect(whyNow('stay')).toBe('order_state = PROCESSING for 3 d · order_id = A17');
  expect(whyNow('ratio')).toBe(
    'in 10 min: “failed” / “finished” above 5 %, “finished” at least 100 · order_id = A17',
  );
  expect(whyNow('silence')).toBe('no "heartbeat" for 10 min · order_id = A17');
});

test('a message that an earlier version stored without the form can still be read', () => {
  const { alert, letTexts, fields, ...rule } = noticeOf(forms.stay, 'fired', 'en', {}).rule;
  expect([alert, letTexts, fields]).not.toContain(undefined);
  const notice = { ...noticeOf(forms.stay, 'fired', 'en', {}), rule };
  expect(contentOf({ notice, possibleDuplicate: false }).sentence).toContain(
    'has happened for order_id = A17',
  );
});

test('the condition names what its named conditions mean', () => {
  expect(told(forms.absence, 'fired', 'en').condition).toBe(
    'paid = status:SUCCESS; stock_synced = "inventory synced" → paid not followed by stock_synced within 10m by order_id',
  );
});

test('a log line shows what the rule looked at, but not the group again, and its date where that is another day', () => {
  const fields = {
    service: ['order'],
    message: ['moved on'],
    order_state: ['SHIPPED'],
    order_id: ['A17'],
    user_id: ['u1'],
  };
  const error = { service: ['order'], message: ['no'], 'error.message': ['OOM'], order_id: ['A17'] };
  const samples = [sample(10, fields), sample(-1_440, error), sample(9)];
  expect(told(forms.change, 'fired', 'en', { samples }).samples).toEqual([
    { time: '2026-11-22 12:00:00', text: 'order no · OOM' },
    { time: '12:10:00', text: 'order moved on order_state=SHIPPED' },
  ]);
});

test('a log line with a stack trace shows the cause, wherever the trace stands', () => {
  const cause = 'Caused by: java.net.ConnectException: refused';
  const trace = `no order\n${'\tat shop.Order\n'.repeat(60)}${cause}\n${'\tat java.net\n'.repeat(60)}`;
  const within = { ...sample(10, { message: [excerptOf(trace, 256)] }), excerpt: excerptOf(trace, 500) };
  const line = JSON.stringify({ message: 'no order', stack: trace });
  const beside = { ...sample(11, { message: ['no order'] }), excerpt: excerptOf(line, 500) };
  const shown = told(forms.change, 'fired', 'en', { samples: [within, beside] }).samples;
  expect(shown.map(({ text }) => text)).toEqual([`no order ⏎ … ⏎ ${cause}`, `no order … ${cause}`]);
});

test('times are shown in the zone of the configuration, also in the steps', () => {
  const runbook = { path: 'r.md', markdown: 'Since {{first_event_at}}, `{{first_event_at}}`.' };
  const notice = { ...noticeOf(forms.change, 'fired', 'en', {}), runbook, timezone: 'Asia/Shanghai' };
  const content = contentOf({ notice, possibleDuplicate: false });
  expect(content.since).toBe('2026-11-23 20:00:00 +08:00');
  expect(content.samples.map(({ time }) => time)).toEqual(['20:00:00']);
  expect(JSON.stringify(content.runbook)).toContain('2026-11-23 20:00:00 +08:00');
  expect(JSON.stringify(content.runbook)).toContain('2026-11-23T12:00:00.000Z');
});

test('what a step asks for and the alert does not have is said in the language of the message', () => {
  const runbook = { path: 'r.md', markdown: 'Ask {{nobody}}.' };
  const said = (language: Language): string => {
    const notice = { ...noticeOf(forms.change, 'fired', language, {}), runbook };
    return JSON.stringify(contentOf({ notice, possibleDuplicate: false }).runbook);
  };
  expect(said('en')).toContain('(no nobody)');
  expect(said('zh')).toContain('（无 nobody）');
  expect(said('en')).not.toContain('{{');
});

test('a line of a digest names the group once', () => {
  const of = noticeOf('when level:ERROR\n alert count >= 5 within 5m by order_id', 'fired', 'en', {
    count: 7,
  });
  const [line] = digestOf([of, of], false).lines;
  expect(line!.split('A17')).toHaveLength(2);
  expect(line).toContain('7 in 5 min (limit 5)');
});

test('what an order has said for long is known to message and steps, also when the line that said it is gone', () => {
  expect(told(forms.stay, 'fired', 'en').samples).toEqual([
    { time: '12:00:00', text: 'order_state=PROCESSING (its text is no longer at hand: orders/0/0)' },
  ]);
  expect(noticeOf(forms.stay, 'fired', 'en', {}).values).toEqual({
    order_state: ['PROCESSING'],
    order_id: ['A17'],
  });
});

test.each([
  [{ kind: 'moved', fromMs: START_MS, toMs: START_MS + MINUTE_MS }, '12:00:00 UTC', '12:01:00 UTC'],
  [{ kind: 'more_events' }, 'belong to it', '也属于'],
  [{ kind: 'not_fired' }, 'did not fire', '并未触发'],
] as const)('a correction (%j) says why in the language of the message', (correction, english, chinese) => {
  const clauses = 'when level:ERROR\n alert count >= 5 within 5m by order_id';
  const said = (language: Language): string => {
    const notice = { ...noticeOf(clauses, 'fired', language, {}), kind: 'amended' as const, correction };
    return contentOf({ notice, possibleDuplicate: false }).because;
  };
  expect(said('en')).toContain(english);
  expect(said('zh')).toContain(chinese);
  expect(said('zh')).not.toMatch(/[a-z]{4}/u);
});

test.each([
  ['replaced', /the rule.* was changed/u, '修改'],
  ['removed', /the rule was removed/u, '删除'],
] as const)(
  'an alert that ends as %s is closed, not resolved: the fault may go on',
  (reason, english, chinese) => {
    const clauses = 'when level:ERROR\n alert count >= 5 within 5m by order_id';
    const [en, zh] = (['en', 'zh'] as const).map((language) =>
      told(clauses, 'resolved', language, { reason }),
    );
    expect(en).toMatchObject({ stateLabel: 'Closed', icon: '⏹️' });
    expect(en!.sentence).toMatch(english);
    expect(en!.sentence).toContain('The fault may go on');
    expect(zh).toMatchObject({ stateLabel: '已关闭', icon: '⏹️' });
    expect(zh!.sentence).toContain(chinese);
    expect(zh!.sentence).toContain('问题可能仍在继续');
    expect(`${en!.sentence}${zh!.sentence}`).not.toMatch(/Nothing needs to be done|无需处理/u);
  },
);

test('a correction that waits in the outbox since before it had a kind says what it said then', () => {
  const notice = noticeOf('when level:ERROR\n alert count >= 5 within 5m by order_id', 'fired', 'zh', {});
  const content = contentOf({
    notice: { ...notice, kind: 'amended', because: 'as before' },
    possibleDuplicate: false,
  });
  expect(content.because).toBe('as before');
});
