/**
 * The content of a message in words, before a channel gives it a form. It is plain data that templates read. Every text in it is visible
 * and bounded. No text is escaped yet: the channel does that.
 */
import type { Sample, Severity } from '../../event/alert.ts';
import { localTime } from '../../event/local-time.ts';
import { positionText } from '../../event/event.ts';
import { causeOf } from '../../event/excerpt.ts';
import type { Delivery } from '../channel.ts';
import { formOf, knownOf } from './form.ts';
import type { Notice } from '../notice.ts';
import { readRunbook, type Runbook } from './runbook.ts';
import { selfWords } from './self/words.ts';
import type { Facts } from './texts/facts.ts';
import { textsFor, type Standing, type Texts } from './texts/texts.ts';
import { visibleLine } from '../../event/visible.ts';

export interface Content {
  readonly kind: Notice['kind'];
  readonly standing: Standing;
  readonly language: Notice['language'];
  readonly severity: Severity;
  readonly severityLabel: string;
  readonly stateLabel: string;
  readonly icon: string;
  readonly title: string;
  /** Name of the rule. */
  readonly rule: string;
  /** `service = payment`, or empty. */
  readonly group: string;
  readonly sentence: string;
  readonly whyNow: string;
  /** `whyNow` without the group, for places where the group stands beside it. */
  readonly whyShort: string;
  /** Reason of a correction, or empty. */
  readonly because: string;
  /** Says that the result may be wrong, and why; or empty. */
  readonly doubt: string;
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
  /** Text for a possible duplicate, or empty. */
  readonly possibleDuplicate: string;
  readonly labels: Texts['labels'];
}

const SAMPLE_LIMIT = 600;
const SAMPLES_MAX = 3;
const severityIcons = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', info: '⚪' } as const;
const stateIcons = {
  fired: undefined,
  resolved: '✅',
  closed: '⏹️',
  amended: '✏️',
  withdrawn: '↩️',
} as const;

export function contentOf(delivery: Pick<Delivery, 'notice' | 'possibleDuplicate'>): Content {
  const { notice } = delivery;
  const { rule, episode } = notice;
  const texts = textsFor(notice.language);
  const time = (ms: number): string => localTime(ms, notice.timezone);
  const facts = factsOf(notice, texts, time);
  const standing = standingOf(notice);
  const own = selfWords(notice.kind, episode, {
    language: notice.language,
    duration: (ms) => texts.duration(ms),
    time,
  });
  return {
    kind: notice.kind,
    standing,
    language: notice.language,
    severity: rule.severity,
    severityLabel: texts.severity[rule.severity],
    stateLabel: texts.state[standing],
    icon: stateIcons[standing] ?? severityIcons[rule.severity],
    title: visibleLine(rule.title ?? rule.name, 120),
    rule: visibleLine(rule.name, 200),
    group: facts.group ?? '',
    sentence: visibleLine(own?.sentence ?? sentenceOf(notice, facts, texts), 1_000),
    whyNow: visibleLine(own?.whyNow ?? texts.whyNow(facts), 1_000),
    whyShort: visibleLine(own?.whyNow ?? texts.whyNow(withoutGroup(facts)), 1_000),
    because: visibleLine(becauseOf(notice, texts, time), 400),
    doubt: doubtOf(notice, texts, time),
    since: facts.firstAt,
    owner: visibleLine(rule.owner ?? '', 80),
    condition: conditionText(rule),
    samples: telling(notice.samples).map((sample) => ({
      time: lineTime(time(sample.timeMs), time(episode.firedAtMs ?? sample.timeMs)),
      text: visibleLine(sampleText(sample, notice, texts), SAMPLE_LIMIT),
    })),
    // Steps are for a firing alert. Other messages need none.
    ...(notice.runbook &&
      notice.kind === 'fired' && {
        runbook: readRunbook(notice.runbook.markdown, valuesOf(notice), {
          readable: timesOf(notice, time),
          missing: (name) => texts.noValue(name),
        }),
      }),
    runbookPath: visibleLine(notice.runbook?.path ?? '', 300),
    runbookUrl: notice.runbook?.url ?? '',
    kibanaUrl: notice.kibanaUrl ?? '',
    alertId: episode.alertId,
    alertUrl: notice.alertUrl ?? '',
    possibleDuplicate: delivery.possibleDuplicate ? texts.possibleDuplicate : '',
    labels: {
      ...texts.labels,
      ...(notice.kind !== 'fired' && { why: texts.labels.whyThen }),
      ...(notice.kibanaWider && { kibana: texts.labels.kibanaWider }),
    },
  };
}

/** Writes a time (ms since epoch) as the message shows it. */
type TimeText = (ms: number) => string;

/** Returns one line that says everything: for the fallback text of notifications, for digests and for subjects. */
export function oneLine(content: Content): string {
  const group = content.group === '' ? '' : ` · ${content.group}`;
  return `${content.icon} ${content.stateLabel}${content.labels.colon}${content.title} (${content.rule})${group}`;
}

/** Returns `closed` for an end that no log line showed: only log lines can show that all is well. */
function standingOf({ kind, episode }: Notice): Standing {
  const isShown = episode.reason === undefined || episode.reason === 'quiet' || episode.reason === 'healed';
  return kind === 'resolved' && !isShown ? 'closed' : kind;
}

/** Returns the samples whose text is known. If there are none, returns samples that show only their position. */
function telling(samples: readonly Sample[]): readonly Sample[] {
  const withText = samples.filter(({ excerpt, fields }) => excerpt !== '' || Object.keys(fields).length > 0);
  return (withText.length > 0 ? withText : samples).slice(0, SAMPLES_MAX);
}

/** Fields that identify a case. A line shows them behind its message, beside the fields that the rule looks at. */
const IDENTIFYING = ['order_id', 'error_code'];
/** Fields that every line shows already; they are not repeated. */
const SHOWN = ['level', 'service', 'message', 'error.message'];

/**
 * Returns a line as people read it: level, service, message and the fields that the rule looks at. A line without a message is shown as it
 * is.
 */
function sampleText({ excerpt, fields, position }: Sample, { rule, episode }: Notice, texts: Texts): string {
  const field = (name: string): string => (fields[name] ?? []).join(', ');
  const message = [field('message'), field('error.message')].filter(Boolean).join(' · ');
  if (message === '' && excerpt === '') return lineGone(rule, positionText(position), texts);
  if (message === '') return excerpt;
  const isNews = (name: string): boolean =>
    !SHOWN.includes(name) && !(name in episode.group) && field(name) !== '' && !message.includes(field(name));
  const more = [...new Set([...(rule.fields ?? []), ...IDENTIFYING])]
    .filter(isNews)
    .map((name) => `${name}=${field(name)}`);
  const cause = causeOf(excerpt);
  const hidden = cause === undefined || message.includes(cause) ? '' : `… ${cause}`;
  return [field('level'), field('service'), message, hidden, ...more].filter(Boolean).join(' ');
}

/** Returns the text for a line whose own text is gone. The values that the form of the alert knows (`knownOf`) are shown nevertheless. */
function lineGone({ alert }: Notice['rule'], place: string, texts: Texts): string {
  const known = alert === undefined ? [] : Object.entries(knownOf(alert));
  return [...known.map(([name, values]) => `${name}=${values.join(', ')}`), texts.lineGone(place)].join(' ');
}

/** Returns the rule as its author wrote it: the events, the named conditions, the alert. */
function conditionText({ whenText, letTexts = {}, alertText }: Notice['rule']): string {
  const lets = Object.entries(letTexts).map(([name, text]) => `${name} = ${text}`);
  return visibleLine([whenText, lets.join('; '), alertText].filter(Boolean).join(' → '), 600);
}

function withoutGroup(facts: Facts): Facts {
  const rest: { -readonly [Name in keyof Facts]: Facts[Name] } = { ...facts };
  delete rest.group;
  return rest;
}

function sentenceOf(notice: Notice, facts: Facts, texts: Texts): string {
  if (notice.kind === 'resolved') return texts.resolved(facts, notice.episode.reason ?? 'quiet');
  return texts[notice.kind](facts);
}

function factsOf(notice: Notice, texts: Texts, time: TimeText): Facts {
  const { episode, rule } = notice;
  const form = formOf(notice);
  const firedAtMs = episode.firedAtMs ?? episode.firstEvent.timeMs;
  const group = Object.entries(episode.group).map(
    ([name, value]) => `${visibleLine(name, 120)} = ${visibleLine(String(value), 120)}`,
  );
  return {
    count: String(episode.count),
    ...(rule.windowMs !== undefined && { window: texts.duration(rule.windowMs) }),
    ...(form !== undefined && { form }),
    ...(group.length !== 0 && { group: group.join(', ') }),
    firstAt: time(episode.firstEvent.timeMs),
    firedAt: time(firedAtMs),
    resolvedAt: time(episode.resolvedAtMs ?? firedAtMs),
    lasted: texts.duration(Math.max(0, (episode.resolvedAtMs ?? firedAtMs) - firedAtMs)),
    took: texts.duration(Math.max(0, (episode.resolvedAtMs ?? firedAtMs) - episode.firstEvent.timeMs)),
    suppressed: episode.suppressed,
  };
}

/** Returns the values for a runbook. The names of the alert itself can be used beside its fields. */
function valuesOf(notice: Notice): Notice['values'] {
  const { episode, rule } = notice;
  return {
    alert_id: [episode.alertId],
    rule: [rule.name],
    count: [episode.count],
    ...(episode.firedAtMs !== undefined && { fired_at: [new Date(episode.firedAtMs).toISOString()] }),
    first_event_at: [new Date(episode.firstEvent.timeMs).toISOString()],
    ...notice.values,
  };
}

/** Returns the times as prose shows them, as in the rest of the message. Commands get ISO 8601. */
function timesOf({ episode, values }: Notice, time: TimeText): Readonly<Record<string, string>> {
  const times = { first_event_at: episode.firstEvent.timeMs, fired_at: episode.firedAtMs };
  return Object.fromEntries(
    Object.entries(times).flatMap(([name, ms]) =>
      ms === undefined || Object.hasOwn(values, name) ? [] : [[name, time(ms)]],
    ),
  );
}

const DOUBTS_MAX = 4;

function doubtOf({ doubts = [] }: Notice, texts: Texts, time: (ms: number) => string): string {
  return doubts.length === 0 ? '' : visibleLine(texts.doubt(doubts.slice(0, DOUBTS_MAX), time), 600);
}

function becauseOf({ correction, because }: Notice, texts: Texts, time: TimeText): string {
  return correction === undefined ? (because ?? '') : texts.because(correction, time);
}

/** Shortens the time of a log line to the clock time, with the date if it is not the day of the firing. */
function lineTime(time: string, fired: string): string {
  return time.slice(0, 10) === fired.slice(0, 10) ? time.slice(11, 19) : time.slice(0, 19);
}
