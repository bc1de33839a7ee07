/** All sentences of messages. Each language implements them. Times and numbers arrive already formatted. */
import type { ResolveReason, Severity } from '../../../event/alert.ts';
import type { Correction } from '../../../event/correction.ts';
import type { Language, Notice, Doubt } from '../../notice.ts';
import { english } from './en.ts';
import type { Facts } from './facts.ts';
import { chinese } from './zh.ts';

/** The state of the alert as its message shows it. `closed`: the alert has ended, but nothing shows that the fault has ended. */
export type Standing = Notice['kind'] | 'closed';

export interface Texts {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly state: Readonly<Record<Standing, string>>;
  /** The event, in one sentence. */
  fired(facts: Facts): string;
  resolved(facts: Facts, reason: ResolveReason): string;
  amended(facts: Facts): string;
  withdrawn(facts: Facts): string;
  /** The reason of a correction. `time` writes a time (ms since epoch) as people read it. */
  because(correction: Correction, time: (ms: number) => string): string;
  /** The figures, window and group that made it fire. */
  whyNow(facts: Facts): string;
  duration(ms: number): string;
  /** Text for a log line of which only the position is known. */
  lineGone(place: string): string;
  /** Text in a step for a value that the alert does not have. */
  noValue(name: string): string;
  /** Says that the result may be wrong, and why. `time` writes a time (ms since epoch) as people read it. */
  doubt(doubts: readonly Doubt[], time: (ms: number) => string): string;
  readonly possibleDuplicate: string;
  readonly labels: {
    /** Stands between a label and its value. */
    readonly colon: string;
    readonly rule: string;
    readonly why: string;
    /** `why` for messages after the firing. */
    readonly whyThen: string;
    readonly because: string;
    readonly since: string;
    readonly owner: string;
    readonly group: string;
    readonly condition: string;
    readonly samples: string;
    readonly steps: string;
    readonly runbook: string;
    readonly kibana: string;
    /** Label of a link that shows lines of other groups too. */
    readonly kibanaWider: string;
    readonly alert: string;
    readonly severity: string;
    readonly values: string;
    readonly moreInRunbook: string;
    /** Note for a channel that does not accept the whole message. */
    readonly shortened: (alertId: string) => string;
  };
  digestTitle(count: number): string;
  readonly digestWhy: string;
  readonly digestPossibleDuplicate: string;
}

export function textsFor(language: Language): Texts {
  return language === 'zh' ? chinese : english;
}
