/** The Chinese words of messages of Tocsin's own rules. */
import type { SelfRuleName } from './rules.ts';
import type { SelfFacts, SelfWords } from './words.ts';

const over = ({ resolvedAt, lasted }: SelfFacts): string => `（${resolvedAt} 起）。持续 ${lasted}。`;

function owedWords(facts: SelfFacts): string {
  const waiting = `有 ${facts.number('waiting')} 条消息在等待，最早的一条自 ${facts.time('oldest')} 起`;
  const givenUp = `${facts.number('given_up')} 条已放弃`;
  const parts = [...(facts.some('waiting') ? [waiting] : []), ...(facts.some('given_up') ? [givenUp] : [])];
  return parts.length === 0
    ? '目前没有消息在等待；一旦有告警，只依赖它的人将得不到通知。'
    : `${parts.join('，')}：只依赖它的人尚未得到通知。`;
}

export const chineseWords: Readonly<Record<SelfRuleName, SelfWords>> = {
  tocsin_source_silent: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} ` +
      (facts.has('since') ? `自 ${facts.time('since')} 起` : '自警钟启动以来') +
      `没有任何日志，已持续 ${facts.span('silent_ms')}。其间那里发生的任何事，读取它的规则都看不到。`,
    whyNow: (facts) =>
      `静默 ${facts.span('silent_ms')}（上限 ${facts.span('limit_ms')}） · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 又有日志了${over(facts)}`,
  },
  tocsin_source_halted: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 有 ${facts.number('partitions')} 个部分无法读取，规则看不到其中的日志：${facts.text('problem')}`,
    whyNow: (facts) => `${facts.number('partitions')} 个部分停止读取 · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 已全部恢复读取${over(facts)}`,
  },
  tocsin_lag: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 的读取滞后 ${facts.span('behind_ms')}：目前读到 ${facts.time('read_to')}，其后尚未读完。` +
      '由它产生的告警会相应延迟。',
    whyNow: (facts) =>
      `滞后 ${facts.span('behind_ms')}（上限 ${facts.span('limit_ms')}） · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 的读取已追上当前时间${over(facts)}`,
  },
  tocsin_groups_dropped: {
    fired: (facts) =>
      `规则 ${facts.text('rule')} 自 ${facts.time('since')} 起丢弃了 ${facts.number('dropped')} 个分组，因为最多只能跟踪 ` +
      `${facts.number('max_groups')} 个。这些分组已有的计数丢失，相应的告警可能不会出现。`,
    whyNow: (facts) =>
      `丢弃 ${facts.number('dropped')} 个（max_groups ${facts.number('max_groups')}） · rule = ${facts.text('rule')}`,
    resolved: (facts) =>
      `规则 ${facts.text('rule')} 已有一小时没有丢弃分组；此前共丢弃 ${facts.number('dropped')} 个。`,
  },
  tocsin_rules_invalid: {
    fired: (facts) =>
      `规则目录未通过检查，其中的改动均未生效；仍在运行上一次有效的规则（${facts.number('running')} 条）。` +
      `第一处问题：${facts.text('problem')}`,
    whyNow: (facts) => `自 ${facts.beganAt} 起无效`,
    resolved: (facts) => `规则目录已恢复有效并生效${over(facts)}`,
  },
  tocsin_receiver_failing: {
    fired: (facts) =>
      `${facts.text('receiver')} 收不到消息${facts.has('problem') ? `（${facts.text('problem')}）` : ''}。${owedWords(facts)}`,
    whyNow: (facts) => `${facts.number('waiting')} 条未送达 · receiver = ${facts.text('receiver')}`,
    resolved: (facts) => `${facts.text('receiver')} 已恢复接收消息${over(facts)}`,
  },
};
