/**
 * What a message says, in words, before any channel gives it a form: plain data that templates read. Every text in it is
 * visible and bounded; none is escaped yet, since that is the channel's part.
 */
import type { Sample, Severity } from '../event/alert.ts';
import { positionText } from '../event/event.ts';
import type { Delivery } from './channel.ts';
import type { Notice } from './notice.ts';
import { readRunbook, type Runbook } from './runbook.ts';
import { textsFor, type Facts, type Texts } from './texts/texts.ts';
import { visibleLine } from './visible.ts';

export interface Content {
  readonly kind: Notice['kind'];
  readonly language: Notice['language'];
  readonly severity: Severity;
  readonly severityLabel: string;
  readonly stateLabel: string;
  readonly icon: string;
  readonly title: string;
  /** The rule's name. */
  readonly rule: string;
  /** `service = payment`, or empty. */
  readonly group: string;
  readonly sentence: string;
  readonly whyNow: string;
  /** Why a correction was made, or empty. */
  readonly because: string;
  readonly since: string;
  readonly owner: string;
  readonly condition: string;
  readonly samples: readonly { readonly time: string; readonly text: string }[];
  readonly runbook?: Runbook;
  readonly runbookPath: string;
  readonly runbookUrl: string;
  readonly kibanaUrl: string;
  readonly alertId: string;
  readonly alertUrl: string;
  /** A note, or empty. */
  readonly possibleDuplicate: string;
  readonly labels: Texts['labels'];
}

const sampleLimit = 400;
const samplesMost = 3;
const severityIcons = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', info: '⚪' } as const;
const stateIcons = { fired: undefined, resolved: '✅', amended: '✏️', withdrawn: '↩️' } as const;

export function contentOf(delivery: Pick<Delivery, 'notice' | 'possibleDuplicate'>): Content {
  const { notice } = delivery;
  const { rule, episode } = notice;
  const texts = textsFor(notice.language);
  const facts = factsOf(notice, texts);
  return {
    kind: notice.kind,
    language: notice.language,
    severity: rule.severity,
    severityLabel: texts.severity[rule.severity],
    stateLabel: texts.state[notice.kind],
    icon: stateIcons[notice.kind] ?? severityIcons[rule.severity],
    title: visibleLine(rule.title ?? rule.name, 120),
    rule: rule.name,
    group: facts.group ?? '',
    sentence: sentenceOf(notice, facts, texts),
    whyNow: texts.whyNow(facts),
    because: visibleLine(notice.because ?? '', 400),
    since: facts.firstAt,
    owner: visibleLine(rule.owner ?? '', 80),
    condition: visibleLine([rule.whenText, rule.alertText].filter(Boolean).join(' → '), 300),
    samples: notice.samples.slice(0, samplesMost).map((sample) => ({
      time: clockTime(sample.timeMs),
      text: visibleLine(sampleText(sample), sampleLimit),
    })),
    // Steps are for what is burning; a resolved alert needs none.
    ...(notice.runbook && notice.kind === 'fired'
      ? { runbook: readRunbook(notice.runbook.markdown, valuesOf(notice)) }
      : {}),
    runbookPath: notice.runbook?.path ?? '',
    runbookUrl: notice.runbook?.url ?? '',
    kibanaUrl: notice.kibanaUrl ?? '',
    alertId: episode.alertId,
    alertUrl: notice.alertUrl ?? '',
    possibleDuplicate: delivery.possibleDuplicate ? texts.possibleDuplicate : '',
    labels: texts.labels,
  };
}

/** One line that says it all: for notifications' fallback text, digests and subjects. */
export function oneLine(content: Content): string {
  const group = content.group === '' ? '' : ` · ${content.group}`;
  return `${content.icon} ${content.stateLabel}${content.labels.colon}${content.title} (${content.rule})${group}`;
}

/** Fields that identify a case; shown behind the message unless it says them itself. */
const telling = ['order_id', 'error_code'];

/** A line as people read it: level, service, message; the line itself where it has no such fields. */
function sampleText({ excerpt, fields, position }: Sample): string {
  const field = (name: string): string => String(fields[name]?.[0] ?? '');
  const message = field('message');
  if (message === '') return excerpt === '' ? positionText(position) : excerpt;
  const more = telling
    .filter((name) => field(name) !== '' && !message.includes(field(name)))
    .map((name) => `${name}=${field(name)}`);
  return [field('level'), field('service'), message, ...more].filter(Boolean).join(' ');
}

function sentenceOf(notice: Notice, facts: Facts, texts: Texts): string {
  if (notice.kind === 'resolved') return texts.resolved(facts, notice.episode.reason ?? 'quiet');
  return texts[notice.kind](facts);
}

function factsOf(notice: Notice, texts: Texts): Facts {
  const { episode, rule } = notice;
  const firedAtMs = episode.firedAtMs ?? episode.firstEvent.timeMs;
  const group = Object.entries(episode.group).map(
    ([name, value]) => `${name} = ${visibleLine(String(value), 120)}`,
  );
  return {
    count: String(episode.count),
    ...(rule.threshold === undefined ? {} : { threshold: String(rule.threshold) }),
    ...(rule.windowMs === undefined ? {} : { window: texts.duration(rule.windowMs) }),
    ...(group.length === 0 ? {} : { group: group.join(', ') }),
    firstAt: timeText(episode.firstEvent.timeMs),
    firedAt: timeText(firedAtMs),
    resolvedAt: timeText(episode.resolvedAtMs ?? firedAtMs),
    lasted: texts.duration(Math.max(0, (episode.resolvedAtMs ?? firedAtMs) - firedAtMs)),
    suppressed: episode.suppressed,
  };
}

/** The alert's own names can be used in a runbook beside its fields. */
function valuesOf(notice: Notice): Notice['values'] {
  const { episode, rule } = notice;
  return {
    alert_id: [episode.alertId],
    rule: [rule.name],
    count: [episode.count],
    ...(episode.firedAtMs === undefined ? {} : { fired_at: [new Date(episode.firedAtMs).toISOString()] }),
    first_event_at: [new Date(episode.firstEvent.timeMs).toISOString()],
    ...notice.values,
  };
}

/** `2026-11-23 20:03:11 +08:00`, in the zone of the process. */
function timeText(ms: number): string {
  const offsetMin = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + offsetMin * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${zoneText(offsetMin)}`;
}

function clockTime(ms: number): string {
  return timeText(ms).slice(11, 19);
}

function zoneText(offsetMin: number): string {
  if (offsetMin === 0) return 'UTC';
  const pad = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const size = Math.abs(offsetMin);
  return `${offsetMin < 0 ? '-' : '+'}${pad(size / 60)}:${pad(size % 60)}`;
}
