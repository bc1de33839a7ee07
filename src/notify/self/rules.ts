/** The rules that Tocsin brings itself: what it tells people about its own trouble. They are in no folder and cannot be changed. */
import type { Severity } from '../../event/alert.ts';
import type { Language } from '../notice.ts';

export type SelfRuleName =
  | 'tocsin_source_silent'
  | 'tocsin_source_halted'
  | 'tocsin_lag'
  | 'tocsin_groups_dropped'
  | 'tocsin_rules_invalid'
  | 'tocsin_receiver_failing';

export interface SelfRule {
  readonly severity: Severity;
  readonly title: Readonly<Record<Language, string>>;
  /** Path relative to the rules folder; the shipped one is taken where the folder has none. */
  readonly runbook: string;
}

/** Stands in the place of the hash of a rule's meaning; no rule of a folder has it. */
export const selfMeaning = 'tocsin';

/** What a route can match on. */
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
  tocsin_lag: {
    severity: 'high',
    title: { en: 'Tocsin is behind: alerts come late', zh: '警钟读取滞后，告警会延迟' },
    runbook: 'runbooks/tocsin-lag.md',
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
  tocsin_receiver_failing: {
    severity: 'high',
    title: { en: 'Alerts do not reach a receiver', zh: '告警无法送达接收方' },
    runbook: 'runbooks/tocsin-receiver-failing.md',
  },
};

/** By name; undefined for a rule of the folder. */
export function selfRule(name: string): SelfRule | undefined {
  return Object.hasOwn(selfRules, name) ? selfRules[name as SelfRuleName] : undefined;
}
