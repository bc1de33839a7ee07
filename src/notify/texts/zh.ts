/** The Chinese texts of messages. */
import type { ResolveReason } from '../../event/alert.ts';
import { twoLargest } from './en.ts';
import type { Facts, Texts } from './texts.ts';

const ended: Readonly<Record<ResolveReason, (facts: Facts) => string>> = {
  quiet: (facts) => `自 ${facts.resolvedAt} 起已恢复平静`,
  healed: (facts) => `已于 ${facts.resolvedAt} 恢复`,
  expired: (facts) => `因长时间没有新的消息，已于 ${facts.resolvedAt} 关闭，问题未必已解决`,
  retired: (facts) => `该分组长时间未再出现，已于 ${facts.resolvedAt} 关闭`,
  dropped: () => '规则跟踪的分组过多，告警被关闭，问题未必已解决',
  replaced: () => '规则已修改，告警被关闭，问题未必已解决',
  removed: () => '规则已删除，告警被关闭，问题未必已解决',
};

const forGroup = (facts: Facts): string => (facts.group === undefined ? '' : `（${facts.group}）`);

export const chinese: Texts = {
  severity: { critical: '紧急', high: '严重', medium: '一般', low: '较低', info: '提示' },
  state: { fired: '告警中', resolved: '已恢复', amended: '已更正', withdrawn: '已撤回' },
  fired: (facts) =>
    facts.window === undefined || facts.threshold === undefined
      ? `该规则关注的情况已于 ${facts.firedAt} 发生${forGroup(facts)}。`
      : `${facts.window}内出现 ${facts.count} 条匹配日志${forGroup(facts)}，首条时间 ${facts.firstAt}。`,
  resolved: (facts, reason) =>
    `${ended[reason](facts)}${forGroup(facts)}。持续 ${facts.lasted}，最多时 ${facts.count} 条匹配日志。`,
  amended: (facts) => `更正上一条消息：${facts.count} 条匹配日志${forGroup(facts)}。`,
  withdrawn: (facts) => `撤回：该告警${forGroup(facts)}不成立，无需处理。`,
  whyNow: (facts) =>
    [
      facts.window === undefined || facts.threshold === undefined
        ? `${facts.count} 条匹配日志`
        : `${facts.window}内 ${facts.count} 条（阈值 ${facts.threshold}）`,
      ...(facts.group === undefined ? [] : [facts.group]),
      ...(facts.suppressed > 0 ? [`冷却期内已抑制 ${facts.suppressed} 次`] : []),
    ].join(' · '),
  duration(ms) {
    if (ms < 1_000) return `${ms} 毫秒`;
    const units: readonly [number, string][] = [
      [86_400_000, '天'],
      [3_600_000, '小时'],
      [60_000, '分钟'],
      [1_000, '秒'],
    ];
    return twoLargest(ms, units, ' ');
  },
  possibleDuplicate: '可能重复：此前一次发送可能已经送达，但未收到确认。',
  labels: {
    colon: '：',
    rule: '规则',
    why: '触发原因',
    because: '说明',
    since: '开始时间',
    owner: '负责人',
    group: '分组',
    condition: '条件',
    samples: '日志样例',
    steps: '处理步骤',
    runbook: '处理手册',
    kibana: '在 Kibana 中查看',
    alert: '告警编号',
    severity: '级别',
    values: '未填入：以下取值放进命令不安全',
    moreInRunbook: '更多步骤见处理手册',
  },
  digestTitle: (count) => `${count} 条告警消息汇总`,
  digestWhy: '消息数超出该接收方的限额，因此合并列出，没有遗漏。',
};
