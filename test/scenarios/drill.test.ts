/** The shipped rules, fired all the way through: each must reach its receivers with a message that can be acted on. */
import { beforeAll, describe, expect, it } from 'vitest';
import { drill, shippedRules, type DrillReport } from '../support/drill.ts';

/** What the message of a rule must say, on whatever channel. */
interface Told {
  readonly title: string;
  readonly zhTitle: string;
  readonly group: string;
  /** What happened, with its figures. */
  readonly en: string;
  readonly zh: string;
  /** A line of the steps, with the alert's values. */
  readonly step: string;
  /** How it ended, for those that end. */
  readonly ended?: string;
}

const TIME = '2[0-9-]{9} [0-9:]{8} \\+08:00';

const expected: Readonly<Record<string, Told>> = {
  ghost_order: {
    title: 'Paid, but the stock was never synced',
    zhTitle: '已付款，但库存始终未同步',
    group: 'order_id = ORD-20481001',
    en: `“paid” at ${TIME}, and no “synced” within 10 min`,
    zh: `${TIME} 出现“paid”，此后 10 分钟内没有“synced”`,
    step: "EXECUTE release_lock ('ORD-20481001');",
    ended: '“synced” came after all, at .*, 25 min after “paid”',
  },
  split_personality: {
    title: 'Paid in one system, cancelled in another',
    zhTitle: '一边已付款，一边已取消',
    group: 'order_id = ORD-20481002',
    en: '“paid” and “cancelled” within 30 min',
    zh: '30 分钟内出现了“paid”和“cancelled”',
    step: "EXECUTE history ('ORD-20481002');",
    ended: '“refunded” came at .* It lasted 21 min',
  },
  order_went_back: {
    title: 'A delivered order went back to an earlier state',
    zhTitle: '已签收的订单回到更早的状态',
    group: 'order_id = ORD-20481003',
    en: 'order_state went from DELIVERED to SHIPPED',
    zh: 'order_state 于 .* 由 DELIVERED 变为 SHIPPED',
    step: 'shopctl order reconcile ORD-20481003',
  },
  zombie_order: {
    title: 'In processing for three days',
    zhTitle: '处理中已满三天',
    group: 'order_id = ORD-20481004',
    en: `order_state has been PROCESSING for 3 d, since ${TIME}`,
    zh: `order_state 自 ${TIME} 起一直是 PROCESSING，已有 3 天`,
    step: "EXECUTE last_steps ('ORD-20481004');",
    ended: 'order_state is no longer PROCESSING since .*; it was for 3 d 1 h',
  },
  stuck_order: {
    title: 'Paid and not confirmed for a day',
    zhTitle: '付款一天仍未确认',
    group: 'order_id = ORD-20481005',
    en: `order_state has been PAID for 1 d, since ${TIME}`,
    zh: `order_state 自 ${TIME} 起一直是 PAID，已有 1 天`,
    step: "EXECUTE last_steps ('ORD-20481005');",
    ended: 'order_state is no longer PAID since .*; it was for 1 d 2 h',
  },
  settlement_without_receipt: {
    title: 'Settled, but no money was received',
    zhTitle: '已结算，但未收到款项',
    group: 'order_id = ORD-20481006',
    en: `“settled” at ${TIME}, and no “received” within 1 d`,
    zh: `${TIME} 出现“settled”，此后 1 天内没有“received”`,
    step: "EXECUTE both_sides ('ORD-20481006');",
    ended: '“received” came after all, at .*, 1 d 3 h after “settled”',
  },
  order_sync_failures: {
    title: 'Orders are not reaching inventory',
    zhTitle: '订单未同步到库存',
    group: 'service = order',
    en: '5 matching log lines within 5 min',
    zh: '5 分钟内出现 5 条匹配日志',
    step: "EXECUTE its_state ('ORD-20481104');",
    ended: 'Quiet again, resolved at .* It lasted 14 min 20 s',
  },
  payment_gateway_errors: {
    title: 'Payments are failing at the gateway',
    zhTitle: '支付网关报错',
    group: 'channel = unionpay',
    en: '10 matching log lines within 2 min',
    zh: '2 分钟内出现 10 条匹配日志',
    step: 'shopctl payment-channel disable unionpay --reason "alert',
    ended: 'Quiet again, resolved at .* It lasted 5 min 39 s',
  },
  payment_failure_ratio: {
    title: 'Too many payments of a channel fail',
    zhTitle: '支付渠道失败率过高',
    group: 'channel = card',
    en: '“failed” / “finished” = 6 % \\(limit: above 5 %\\), “finished” = 100 \\(limit: at least 100\\)',
    zh: '“failed” / “finished” = 6 %（阈值：高于 5 %），“finished” = 100（阈值：不低于 100）',
    step: "EXECUTE unknown_payments ('card');",
    ended: 'Back within the limits, resolved at .*',
  },
  abnormal_order_surge: {
    title: 'Far more orders fail than usual',
    zhTitle: '异常订单激增',
    group: 'service = cart',
    en: 'log lines = 20 \\(limit: above 3, that is 3 times the average of the 1 d before, at least 20\\)',
    zh: '日志条数 = 20（阈值：高于 3，即此前 1 天平均值的 3 倍，不低于 20）',
    step: "tocsin search 'level:ERROR AND service:cart' --since 15m",
    ended: 'Back within the limits, resolved at .*',
  },
  message_backlog: {
    title: 'Messages pile up faster than they are handled',
    zhTitle: '消息积压',
    group: 'topic = orders',
    en: 'smallest lag = 25,000 \\(limit: above 10,000\\)',
    zh: 'lag 最小值 = 25,000（阈值：高于 10,000）',
    step: 'shopctl topic lag orders',
    ended: 'Back within the limits, resolved at .*',
  },
  certificate_expiry: {
    title: 'A certificate runs out within two weeks',
    zhTitle: '证书即将到期',
    group: 'host = pay.example.com',
    en: 'smallest days_left = 14 \\(limit: at most 14\\)',
    zh: 'days_left 最小值 = 14（阈值：不高于 14）',
    step: 'openssl s_client -connect pay.example.com:443 -servername pay.example.com',
    ended: 'Back within the limits, resolved at .*',
  },
  heartbeat_lost: {
    title: 'A service has gone silent',
    zhTitle: '服务失联',
    group: 'service = inventory',
    en: `No log line with "heartbeat" for 5 min, since ${TIME}`,
    zh: `自 ${TIME} 起，5 分钟内没有 "heartbeat" 的日志`,
    step: 'kubectl get pods -l app=inventory',
    ended: 'Heard again at .*, after 12 min 40 s of silence',
  },
  redis_refusing_writes: {
    title: 'Redis refuses writes: its memory is full',
    zhTitle: 'Redis 内存已满，拒绝写入',
    group: 'service = inventory',
    en: '3 matching log lines within 1 min',
    zh: '1 分钟内出现 3 条匹配日志',
    step: 'redis-cli -h redis-orders INFO memory',
    ended: 'Quiet again, resolved at .*',
  },
};

/** Without the signs that a channel's markup adds, and unwrapped. */
function plain(text: string): string {
  return text
    .replace(/┃|[*`\\]/gu, '')
    .replace(
      /&(?:#39|quot|gt|lt|amp);/gu,
      (entity) => ({ '&#39;': "'", '&quot;': '"', '&gt;': '>', '&lt;': '<', '&amp;': '&' })[entity]!,
    )
    .replace(/\s+/gu, ' ');
}

function textsOf(
  report: DrillReport,
  kind: keyof DrillReport,
  rule: string,
): Readonly<Record<string, string>> {
  const { slack, dingtalk, mail, terminal } = report[kind].get(rule)!;
  const blocks = slack.blocks
    .flatMap((block) => [block.text, ...(block.elements ?? [])])
    .map((each) => each?.text ?? '');
  const parts = {
    slack: blocks.join('\n'),
    dingtalk: dingtalk.text,
    mail: mail.html || '',
    text: mail.text ?? '',
    terminal,
  };
  return Object.fromEntries(Object.entries(parts).map(([channel, text]) => [channel, plain(text)]));
}

it('the drill has every shipped rule', () => {
  expect(Object.keys(expected).sort()).toEqual([...shippedRules.fires]);
});

describe.each(['en', 'zh'] as const)('fired through the whole way, in %s,', (language) => {
  let report: DrillReport;
  beforeAll(async () => {
    report = await drill(language);
  });

  it.each(Object.entries(expected))('%s says what happened, to what, and what to do', (rule, told) => {
    for (const [channel, text] of Object.entries(textsOf(report, 'fired', rule))) {
      expect(text, channel).toContain(language === 'en' ? told.title : told.zhTitle);
      expect(text, channel).toContain(rule);
      expect(text, channel).toContain(told.group);
      expect(text, channel).toMatch(new RegExp(told[language], 'u'));
      expect(text, channel).toContain(told.step);
      expect(text, channel).not.toMatch(/\{\{\w+\}\}/u);
    }
    const { slack, mail } = report.fired.get(rule)!;
    expect(slack.text).toMatch(new RegExp(told[language], 'u'));
    expect(mail.subject).toContain(told.group);
  });

  it.each(Object.entries(expected).filter(([, { ended }]) => ended !== undefined))(
    '%s says how it ended',
    (rule, told) => {
      for (const [channel, text] of Object.entries(textsOf(report, 'resolved', rule))) {
        expect(text, channel).toContain(rule);
        if (language === 'en') expect(text, channel).toMatch(new RegExp(told.ended!, 'u'));
      }
    },
  );

  it('the link to Kibana finds the lines of both named conditions', () => {
    const url = /https:\/\/kibana\S+/u.exec(report.fired.get('ghost_order')!.terminal)![0];
    const { query } = JSON.parse(new URL(url).searchParams.get('p')!) as { query: { query: string } };
    expect(query.query).toMatch(
      /^\(\(service:"payment" and .*\) or \(service:"inventory" and .*\)\) and order_id:"ORD-20481001"$/u,
    );
  });
});
