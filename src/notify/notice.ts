/** What a message says, free of any channel: made when the alert is decided, stored in the outbox, rendered at delivery. */
import type { Correction } from '../event/correction.ts';
import type { Episode, Sample, Severity } from '../event/alert.ts';
import type { Value } from '../event/event.ts';
import type { AlertSpec } from '../rule/ast.ts';

export type Language = 'en' | 'zh';

/** The part of a rule that its messages show. */
export interface RuleView {
  readonly name: string;
  readonly title?: string;
  readonly severity: Severity;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The condition and the alert clause as the rule's author wrote them. */
  readonly whenText?: string;
  readonly alertText: string;
  /** What the sentences are made of; absent in messages that an earlier version stored. */
  readonly alert?: AlertSpec;
  /** The named conditions that `alertText` speaks of, as text. */
  readonly letTexts?: Readonly<Record<string, string>>;
  /** Fields that the rule looks at: shown of each log line. */
  readonly fields?: readonly string[];
  readonly windowMs?: number;
  /** For `count >= N`: shown as "12 in 5m (limit 5)". */
  readonly threshold?: number;
}

export interface RunbookText {
  /** Path relative to the rules folder. */
  readonly path: string;
  readonly markdown: string;
  /** Where people read it in a browser: `url:` in the front matter of the file. */
  readonly url?: string;
}

/** A part of the reasons of docs/operating.md: those that make a result wrong, not merely late. */
export type DoubtReason =
  | 'source_silent'
  | 'source_halted'
  | 'source_unreachable'
  | 'lines_lost'
  | 'lines_too_late'
  | 'lines_future'
  | 'lines_undecodable'
  | 'lines_not_utf8'
  | 'lines_torn'
  | 'files_gone'
  | 'lines_untimed'
  | 'transaction_hanging'
  | 'alert_missed'
  | 'too_late'
  | 'future'
  | 'group_missing'
  | 'events_cut'
  | 'groups_dropped';

/** A reason why a result may be wrong at the moment. */
export interface Doubt {
  readonly reason: DoubtReason;
  /** Since when, ms since epoch; absent where that is not known. */
  readonly sinceMs?: number;
}

/** One message of an alert's life. JSON-serialisable. */
export interface Notice {
  readonly kind: 'fired' | 'resolved' | 'amended' | 'withdrawn';
  readonly threadId: string;
  readonly rule: RuleView;
  readonly episode: Episode;
  readonly samples: readonly Sample[];
  /** Values for the runbook's placeholders: the group, then the fields of the latest sample. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
  /** Why it is corrected, in English; `correction` says it in the language of the message. */
  readonly because?: string;
  readonly correction?: Correction;
  /** Why the result may be wrong. */
  readonly doubts?: readonly Doubt[];
  readonly runbook?: RunbookText;
  readonly kibanaUrl?: string;
  /** The link does without some of the group's values. */
  readonly kibanaWider?: true;
  /** Everything known about the alert, served by `tocsin run` where `http.base_url` is configured. */
  readonly alertUrl?: string;
  readonly language: Language;
  /** IANA name of the zone of the times that it shows; absent: that of the process. */
  readonly timezone?: string;
}

/** For where no steps are shown: to read them may take longer than all the rest. */
export function withoutSteps(notice: Notice): Notice {
  const { runbook } = notice;
  return runbook === undefined ? notice : { ...notice, runbook: { ...runbook, markdown: '' } };
}
