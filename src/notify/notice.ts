/**
 * A notice: the content of a message, free of any channel. It is made when the alert is decided, stored in the outbox and rendered at
 * delivery.
 */
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
  /** The alert clause, from which the sentences are made. Absent in messages that an earlier version stored. */
  readonly alert?: AlertSpec;
  /** The named conditions in `alertText`, as text. */
  readonly letTexts?: Readonly<Record<string, string>>;
  /** Fields that the rule looks at. Each log line in a message shows them. */
  readonly fields?: readonly string[];
  readonly windowMs?: number;
  /** N of `count >= N`, shown as "12 in 5m (limit 5)". */
  readonly threshold?: number;
}

export interface RunbookText {
  /** Path relative to the rules folder. */
  readonly path: string;
  readonly markdown: string;
  /** Address where people read it in a browser: `url:` in the front matter of the file. */
  readonly url?: string;
}

/** The reasons of docs/operating.md that make a result wrong and not only late. */
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
  /** Start of the doubt, ms since epoch. Absent if it is not known. */
  readonly sinceMs?: number;
}

/** One message in the life of an alert. JSON-serialisable. */
export interface Notice {
  readonly kind: 'fired' | 'resolved' | 'amended' | 'withdrawn';
  readonly threadId: string;
  readonly rule: RuleView;
  readonly episode: Episode;
  readonly samples: readonly Sample[];
  /** Values for the runbook's placeholders: the group, then the fields of the latest sample. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
  /** Reason of the correction, in English. `correction` gives it in the language of the message. */
  readonly because?: string;
  readonly correction?: Correction;
  /** Why the result may be wrong. */
  readonly doubts?: readonly Doubt[];
  readonly runbook?: RunbookText;
  readonly kibanaUrl?: string;
  /** Present if the link leaves out some of the group's values. */
  readonly kibanaWider?: true;
  /** Address of a page with everything known about the alert. `tocsin run` serves it if `http.base_url` is configured. */
  readonly alertUrl?: string;
  readonly language: Language;
  /** IANA name of the time zone of the times in the message. Default: the time zone of the process. */
  readonly timezone?: string;
}

/** Returns the notice without the runbook's steps, for messages that show none. Reading the steps may take longer than all the rest. */
export function withoutSteps(notice: Notice): Notice {
  const { runbook } = notice;
  return runbook === undefined ? notice : { ...notice, runbook: { ...runbook, markdown: '' } };
}
