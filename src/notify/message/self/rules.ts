/** Tocsin's own rules, by which it tells people about its own trouble. They are in no folder and cannot be changed. */
import type { Severity } from '../../../event/alert.ts';
import type { Language } from '../../notice.ts';

export type SelfRuleName =
  | 'tocsin_source_silent'
  | 'tocsin_source_halted'
  | 'tocsin_source_unreachable'
  | 'tocsin_source_misread'
  | 'tocsin_time_held'
  | 'tocsin_transaction_hanging'
  | 'tocsin_lag'
  | 'tocsin_lines_lost'
  | 'tocsin_lines_cut'
  | 'tocsin_matches_lost'
  | 'tocsin_groups_dropped'
  | 'tocsin_rules_invalid'
  | 'tocsin_archive_behind'
  | 'tocsin_dead_letters'
  | 'tocsin_template_failing'
  | 'tocsin_clock_jumped'
  | 'tocsin_state_unwritable'
  | 'tocsin_state_older'
  | 'tocsin_receiver_failing'
  | 'tocsin_part_failing';

export interface SelfRule {
  readonly severity: Severity;
  readonly title: Readonly<Record<Language, string>>;
  /** Path relative to the rules folder. If the folder has no such file, the shipped one is used. */
  readonly runbook: string;
}

/** Value that stands for the meaning of these rules. No rule of a folder has it. */
export const SELF_MEANING = 'tocsin';

/** Labels that a route can match. */
export const selfLabels: Readonly<Record<string, string>> = { domain: 'tocsin' };

export const selfRules: Readonly<Record<SelfRuleName, SelfRule>> = {
  tocsin_source_silent: {
    severity: 'high',
    title: { en: 'Tocsin hears nothing from a source', zh: '警钟收不到数据源的日志' },
    runbook: 'runbooks/tocsin-source-silent.md',
  },
  tocsin_source_halted: {
    severity: 'high',
    title: { en: 'Tocsin has stopped reading part of a source', zh: '警钟已停止读取数据源的一部分' },
    runbook: 'runbooks/tocsin-source-halted.md',
  },
  tocsin_source_unreachable: {
    severity: 'high',
    title: { en: 'Tocsin cannot reach a source', zh: '警钟无法连接数据源' },
    runbook: 'runbooks/tocsin-source-unreachable.md',
  },
  tocsin_source_misread: {
    severity: 'high',
    title: { en: 'Lines of a source are not read as they should be', zh: '数据源的日志未被正确读取' },
    runbook: 'runbooks/tocsin-source-misread.md',
  },
  tocsin_time_held: {
    severity: 'high',
    title: { en: 'Alerts wait for lines that cannot be read yet', zh: '告警正在等待暂时无法读取的日志' },
    runbook: 'runbooks/tocsin-time-held.md',
  },
  tocsin_transaction_hanging: {
    severity: 'high',
    title: {
      en: 'A transaction stays open: lines behind it may not count',
      zh: '事务长期未结束，其后的日志可能不计入',
    },
    runbook: 'runbooks/tocsin-transaction-hanging.md',
  },
  tocsin_lag: {
    severity: 'high',
    title: { en: 'Tocsin is behind: alerts come late', zh: '警钟读取滞后，告警会延迟' },
    runbook: 'runbooks/tocsin-lag.md',
  },
  tocsin_lines_lost: {
    severity: 'high',
    title: { en: 'Lines were gone before Tocsin read them', zh: '日志在警钟读取之前已经丢失' },
    runbook: 'runbooks/tocsin-lines-lost.md',
  },
  tocsin_lines_cut: {
    severity: 'low',
    title: { en: 'Lines are too long and are cut', zh: '日志行过长，已被截断' },
    runbook: 'runbooks/tocsin-lines-cut.md',
  },
  tocsin_matches_lost: {
    severity: 'medium',
    title: { en: 'Matching lines do not count for a rule', zh: '匹配的日志未计入规则' },
    runbook: 'runbooks/tocsin-matches-lost.md',
  },
  tocsin_groups_dropped: {
    severity: 'medium',
    title: { en: 'A rule follows too many groups and drops some', zh: '规则跟踪的分组过多，部分已丢弃' },
    runbook: 'runbooks/tocsin-groups-dropped.md',
  },
  tocsin_rules_invalid: {
    severity: 'medium',
    title: { en: 'The rules are invalid; the last good ones run', zh: '规则无效，仍在运行上一次有效的规则' },
    runbook: 'runbooks/tocsin-rules-invalid.md',
  },
  tocsin_archive_behind: {
    severity: 'high',
    title: { en: 'The archive is behind: new lines cannot be searched', zh: '归档滞后，新日志暂时无法搜索' },
    runbook: 'runbooks/tocsin-archive-behind.md',
  },
  tocsin_dead_letters: {
    severity: 'medium',
    title: { en: 'The archive refuses lines for good', zh: '归档永久拒绝部分日志' },
    runbook: 'runbooks/tocsin-dead-letters.md',
  },
  tocsin_template_failing: {
    severity: 'medium',
    title: {
      en: 'A template fails: messages go out in the built-in form',
      zh: '模板出错，消息改用内置版式发送',
    },
    runbook: 'runbooks/tocsin-template-failing.md',
  },
  tocsin_clock_jumped: {
    severity: 'high',
    title: { en: 'The clock of the machine jumped', zh: '机器时钟发生跳变' },
    runbook: 'runbooks/tocsin-clock-jumped.md',
  },
  tocsin_state_unwritable: {
    severity: 'high',
    title: { en: 'The state could not be written: alerts waited', zh: '状态曾无法写入，告警因此延迟' },
    runbook: 'runbooks/tocsin-state-unwritable.md',
  },
  tocsin_state_older: {
    severity: 'high',
    title: { en: 'Tocsin works on an older state than it had', zh: '警钟正在使用较旧的状态' },
    runbook: 'runbooks/tocsin-state-older.md',
  },
  tocsin_receiver_failing: {
    severity: 'high',
    title: { en: 'Alerts do not reach a receiver', zh: '告警无法送达接收方' },
    runbook: 'runbooks/tocsin-receiver-failing.md',
  },
  tocsin_part_failing: {
    severity: 'high',
    title: { en: 'A part of Tocsin fails through a defect', zh: '警钟的一部分因程序缺陷出错' },
    runbook: 'runbooks/tocsin-part-failing.md',
  },
};

/** Returns a rule by its name, undefined for a rule of the folder. */
export function selfRule(name: string): SelfRule | undefined {
  return Object.hasOwn(selfRules, name) ? selfRules[name as SelfRuleName] : undefined;
}
