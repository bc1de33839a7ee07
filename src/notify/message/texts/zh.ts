/** The Chinese texts of messages. */
import type { ResolveReason } from '../../../event/alert.ts';
import { twoLargest } from './en.ts';
import { byForm, type Facts, type TextsByForm } from './facts.ts';
import { chineseDoubts } from '../doubt.ts';
import { figures, type FigureWords } from './figures.ts';
import type { Texts } from './texts.ts';

const times = (count: string): string => (count === '1' ? '' : `，共 ${count} 次`);
const forGroup = (facts: Facts): string => (facts.group === undefined ? '' : `（${facts.group}）`);
const within = (facts: Facts): string => facts.window ?? '';
const named = (condition: string): string => `“${condition}”`;
const inTurn = (steps: readonly string[]): string => `依次出现${steps.map(named).join('、')}`;
const together = (steps: readonly string[]): string => `出现了${steps.map(named).join('和')}`;

const words: FigureWords = {
  measure: {
    distinct: (field) => `${field} 的不同取值数`,
    sum: (field) => `${field} 之和`,
    avg: (field) => `${field} 平均值`,
    min: (field) => `${field} 最小值`,
    max: (field) => `${field} 最大值`,
    p50: (field) => `${field} 中位数`,
    p90: (field) => `${field} 的 90 分位数`,
    p95: (field) => `${field} 的 95 分位数`,
    p99: (field) => `${field} 的 99 分位数`,
  },
  lines: '日志条数',
  named,
  limit: {
    '>': (to) => `高于 ${to}`,
    '>=': (to) => `不低于 ${to}`,
    '<': (to) => `低于 ${to}`,
    '<=': (to) => `不高于 ${to}`,
    '==': (to) => `等于 ${to}`,
  },
  baseline: (factor, over) => `此前 ${over}平均值的 ${factor} 倍`,
  namely: (value, what) => `${value}，即${what}`,
  duration,
  comma: '，',
  reached: (what, value, limit) => `${what} = ${value}（阈值：${limit}）`,
  unmeasured: (what, limit) => `${what}${limit}`,
};
const firedUnknown = (facts: Facts): string =>
  `该规则关注的情况已于 ${facts.firedAt} 发生${forGroup(facts)}。`;

const lasted = (facts: Facts): string => `持续 ${facts.lasted}。`;
const quietAgain = (facts: Facts): string =>
  `已恢复平静，于 ${facts.resolvedAt} 关闭${forGroup(facts)}。${lasted(facts)}`;
const notAgain = (form: { readonly until?: string }, facts: Facts): string =>
  `已于 ${facts.resolvedAt} 关闭${forGroup(facts)}：没有再次出现${form.until === undefined ? '' : `，但也没有${named(form.until)}，问题未必已解决`}。`;

const healedAt = (facts: Facts): string =>
  `已于 ${facts.resolvedAt} 恢复${forGroup(facts)}。${lasted(facts)}`;
const untilCame = (form: { readonly until?: string }, facts: Facts): string =>
  form.until === undefined
    ? healedAt(facts)
    : `${facts.resolvedAt} 出现${named(form.until)}${forGroup(facts)}。${lasted(facts)}`;

const forms: TextsByForm = {
  counted: {
    fired: (_form, facts) =>
      `${within(facts)}内出现 ${facts.count} 条匹配日志${forGroup(facts)}，首条时间 ${facts.firstAt}。`,
    figures: (form, facts) => `${within(facts)}内 ${facts.count} 条（阈值 ${form.limit}）`,
    quiet: (_form, facts) =>
      `已恢复平静，于 ${facts.resolvedAt} 关闭${forGroup(facts)}。持续 ${facts.lasted}，最多时 ${facts.count} 条匹配日志。`,
    healed: (_form, facts) => healedAt(facts),
  },
  compared: {
    fired: (form, facts) => `${within(facts)}内${forGroup(facts)}：${figures(form.comparisons, words)}。`,
    figures: (form, facts) => `${within(facts)}内：${figures(form.comparisons, words)}`,
    quiet: (_form, facts) =>
      `已回到阈值以内，于 ${facts.resolvedAt} 关闭${forGroup(facts)}。${lasted(facts)}`,
    healed: (_form, facts) => healedAt(facts),
  },
  not_followed_by: {
    fired: (form, facts) =>
      `${facts.firstAt} 出现${named(form.first)}，此后 ${within(facts)}内没有${named(form.then)}${forGroup(facts)}${times(facts.count)}。`,
    figures: (form, facts) =>
      `${named(form.first)}之后 ${within(facts)}内没有${named(form.then)}${times(facts.count)}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (form, facts) =>
      `${facts.resolvedAt} 终于出现${named(form.then)}${forGroup(facts)}，距${named(form.first)} ${facts.took}。`,
  },
  then: {
    fired: (form, facts) =>
      `${within(facts)}内${inTurn(form.steps)}${forGroup(facts)}：从 ${facts.firstAt} 到 ${facts.firedAt}。`,
    figures: (form, facts) => `${within(facts)}内${inTurn(form.steps)}`,
    quiet: notAgain,
    healed: untilCame,
  },
  all_of: {
    fired: (form, facts) =>
      `${within(facts)}内${together(form.steps)}${forGroup(facts)}：先 ${facts.firstAt}，后 ${facts.firedAt}。`,
    figures: (form, facts) => `${within(facts)}内${together(form.steps)}`,
    quiet: notAgain,
    healed: untilCame,
  },
  stays: {
    fired: (form, facts) =>
      `${form.field} 自 ${facts.firstAt} 起一直是 ${form.value}，已有 ${within(facts)}${forGroup(facts)}。`,
    figures: (form, facts) => `${form.field} = ${form.value} 已有 ${within(facts)}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (form, facts) =>
      `${form.field} 自 ${facts.resolvedAt} 起不再是 ${form.value}${forGroup(facts)}，共停留 ${facts.took}。`,
  },
  changes: {
    fired: (form, facts) =>
      `${form.field} 于 ${facts.firedAt} 由 ${form.from ?? '其他值'} 变为 ${form.to ?? '其他值'}${forGroup(facts)}。`,
    figures: (form) => `${form.field}：${form.from ?? '?'} → ${form.to ?? '?'}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (_form, facts) => healedAt(facts),
  },
  new: {
    fired: (form, facts) =>
      `${facts.firedAt} 出现新的 ${form.field}${form.value === undefined ? '' : ` ${form.value}`}${forGroup(facts)}，此前 ${within(facts)}内没有过。`,
    figures: (form) => `新的 ${form.field}${form.value === undefined ? '' : `：${form.value}`}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (_form, facts) => healedAt(facts),
  },
  nothing: {
    fired: (form, facts) =>
      `自 ${facts.firstAt} 起，${within(facts)}内没有 ${form.what} 的日志${forGroup(facts)}。`,
    figures: (form, facts) => `${within(facts)}内没有 ${form.what}`,
    quiet: (_form, facts) => quietAgain(facts),
    healed: (_form, facts) => `${facts.resolvedAt} 重新有消息${forGroup(facts)}，此前沉默 ${facts.took}。`,
  },
};

const ended: Readonly<Record<ResolveReason, (facts: Facts) => string>> = {
  quiet: (facts) => byForm(forms, 'quiet', facts, quietAgain),
  healed: (facts) => byForm(forms, 'healed', facts, healedAt),
  expired: (facts) =>
    `因长时间没有新的消息，已于 ${facts.resolvedAt} 关闭${forGroup(facts)}，问题未必已解决。`,
  retired: (facts) => `已于 ${facts.resolvedAt} 关闭${forGroup(facts)}：长时间未再出现，不再跟踪。`,
  dropped: (facts) => `规则跟踪的分组过多，告警被关闭${forGroup(facts)}，问题未必已解决。`,
  replaced: (facts) =>
    `规则或其日志来源的读取方式已修改，告警被关闭${forGroup(facts)}。问题可能仍在继续：规则重新开始计数，出现新的日志后才会再次告警。`,
  removed: (facts) => `规则已删除，告警被关闭${forGroup(facts)}。问题可能仍在继续，但该规则不再监视它。`,
};

export const chinese: Texts = {
  severity: { critical: '紧急', high: '严重', medium: '一般', low: '较低', info: '提示' },
  state: { fired: '告警中', resolved: '已恢复', closed: '已关闭', amended: '已更正', withdrawn: '已撤回' },
  fired: (facts) => byForm(forms, 'fired', facts, firedUnknown),
  resolved: (facts, reason) => ended[reason](facts),
  amended: (facts) => `更正上一条消息。${byForm(forms, 'fired', facts, firedUnknown)}`,
  withdrawn: (facts) => `撤回：该告警${forGroup(facts)}不成立，无需处理。`,
  because(correction, time) {
    switch (correction.kind) {
      case 'moved':
        return `迟到的日志使触发时间由 ${time(correction.fromMs)} 变为 ${time(correction.toMs)}。`;
      case 'more_events':
        return '迟到的日志也属于该告警。';
      case 'not_fired':
        return '迟到的日志改变了结果：该告警并未触发。';
    }
  },
  whyNow: (facts) =>
    [
      byForm(forms, 'figures', facts, () => `${facts.count} 条匹配日志`),
      ...(facts.group === undefined ? [] : [facts.group]),
      ...(facts.suppressed > 0 ? [`冷却期内已抑制 ${facts.suppressed} 次`] : []),
    ].join(' · '),
  duration,
  lineGone: (place) => `（原文已不在手边：${place}）`,
  noValue: (name) => `（无 ${name}）`,
  doubt: (doubts, time) =>
    `可能有误或不完整：${doubts
      .map(
        ({ reason, sinceMs }) =>
          chineseDoubts[reason] + (sinceMs === undefined ? '' : `（自 ${time(sinceMs)} 起）`),
      )
      .join('；')}。详情：tocsin alerts`,
  possibleDuplicate: '可能重复：此前一次发送可能已经送达，但未收到确认。',
  labels: {
    colon: '：',
    rule: '规则',
    why: '触发原因',
    whyThen: '触发原因',
    because: '说明',
    since: '开始时间',
    owner: '负责人',
    group: '分组',
    condition: '条件',
    samples: '日志样例',
    steps: '处理步骤',
    runbook: '处理手册',
    kibana: '在 Kibana 中查看',
    kibanaWider: '在 Kibana 中查看（未含部分取值）',
    alert: '告警编号',
    severity: '级别',
    values: '上文未填入：以下取值放进命令不安全，或没有取值',
    moreInRunbook: '更多步骤见处理手册',
    shortened: (alertId) => `内容过长，已截短：完整内容见处理手册，或运行 tocsin show ${alertId}`,
  },
  digestTitle: (count) => `${count} 条告警消息汇总`,
  digestWhy: '消息数超出该接收方的限额，因此合并列出，没有遗漏。',
  digestPossibleDuplicate: '可能重复：此前一次发送（其中一部分）可能已经送达，但未收到确认。',
};

function duration(ms: number): string {
  if (ms < 1_000) return `${ms} 毫秒`;
  const units: readonly [number, string][] = [
    [86_400_000, '天'],
    [3_600_000, '小时'],
    [60_000, '分钟'],
    [1_000, '秒'],
  ];
  return twoLargest(ms, units, ' ');
}
