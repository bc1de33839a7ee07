/** Every sentence that messages are made of; one implementation a language. Times and numbers come in already formatted. */
import type { ResolveReason, Severity } from '../../../event/alert.ts';
import type { Correction } from '../../../event/correction.ts';
import type { Language, Notice, Doubt } from '../../notice.ts';
import { english } from './en.ts';
import type { Facts } from './facts.ts';
import { chinese } from './zh.ts';

/** What a message says of its alert's state. `closed`: it has ended, and nothing shows that the fault has. */
export type Standing = Notice['kind'] | 'closed';

export interface Texts {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly state: Readonly<Record<Standing, string>>;
  /** What happened, in one sentence. */
  fired(facts: Facts): string;
  resolved(facts: Facts, reason: ResolveReason): string;
  amended(facts: Facts): string;
  withdrawn(facts: Facts): string;
  /** Why it is corrected; `time` writes a time (ms since epoch) as people read it. */
  because(correction: Correction, time: (ms: number) => string): string;
  /** Figures, window and group that made it fire. */
  whyNow(facts: Facts): string;
  duration(ms: number): string;
  /** A log line of which only the place is known. */
  lineGone(place: string): string;
  /** In a step, in the place of a value that the alert does not have. */
  noValue(name: string): string;
  /** That the result may be wrong, and why; `time` writes a time (ms since epoch) as people read it. */
  doubt(doubts: readonly Doubt[], time: (ms: number) => string): string;
  readonly possibleDuplicate: string;
  readonly labels: {
    /** Between a label and its value. */
    readonly colon: string;
    readonly rule: string;
    readonly why: string;
    /** The same once it is over. */
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
    /** Of a link that shows lines of other groups too. */
    readonly kibanaWider: string;
    readonly alert: string;
    readonly severity: string;
    readonly values: string;
    readonly moreInRunbook: string;
    /** The channel does not take all of it. */
    readonly shortened: (alertId: string) => string;
  };
  digestTitle(count: number): string;
  readonly digestWhy: string;
  readonly digestPossibleDuplicate: string;
}

export function textsFor(language: Language): Texts {
  return language === 'zh' ? chinese : english;
}
