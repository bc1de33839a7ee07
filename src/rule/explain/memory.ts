/** What a rule keeps in memory and for how long, in words, for `explain`. */
import { baselineSpans } from '../alert-parts.ts';
import type { AlertSpec, Rule } from '../ast.ts';
import { mostDistinct, mostRuleEvents, mostWindowEvents } from '../bounds.ts';
import { durationText } from '../../event/duration.ts';
import { stateSizeOf } from './state-size.ts';

interface MemoryWords {
  readonly window: (span: string) => string;
  readonly baseline: (over: string) => string;
  readonly deadlines: (span: string) => string;
  readonly answer: (span: string) => string;
  readonly steps: (count: number, span: string) => string;
  readonly last: (field: string, span: string) => string;
  readonly seen: (field: string, span: string) => string;
  readonly heard: (span: string) => string;
  readonly groups: (fields: string, most: string) => string;
  readonly single: string;
  readonly samples: string;
  readonly size: (group: string, event: string) => string;
  readonly bounds: (window: string, rule: string) => string;
}

const EN: MemoryWords = {
  window: (span) => `the time of every matching event of the last ${span}, and what is measured of it`,
  baseline: (over) => `the measure of each earlier window of the last ${over}`,
  deadlines: (span) => `a deadline for every first event, for ${span} or until it is answered`,
  answer: (span) => `the last answer, for ${span}`,
  steps: (count, span) => `the events of the ${count} steps of the last ${span}`,
  last: (field, span) => `the last value of ${field} and when it came, for ${span}`,
  seen: (field, span) => `every value of ${field} of the last ${span}`,
  heard: (span) => `the time of the last event, for ${span}`,
  groups: (fields, most) =>
    `This for each ${fields} by itself, at most ${most} groups; above that the least recently seen is dropped.`,
  single: 'There is one group.',
  samples: 'Each open alert keeps up to three sample events.',
  size: (group, event) =>
    `A group takes about ${group} B${event === '' ? '' : `, and ${event} B for each of them`}.`,
  bounds: (window, rule) =>
    `At most ${window} of them a group and ${rule} in all; above that the oldest go early, and the rule says so.`,
};

const ZH: MemoryWords = {
  window: (span) => `最近 ${span} 内每个匹配事件的时间及所测的值`,
  baseline: (over) => `最近 ${over} 内此前每个窗口的测值`,
  deadlines: (span) => `每个起始事件的期限，保留 ${span} 或至得到应答`,
  answer: (span) => `最后一个应答，保留 ${span}`,
  steps: (count, span) => `最近 ${span} 内 ${count} 个步骤的事件`,
  last: (field, span) => `${field} 的最后取值及其时间，保留 ${span}`,
  seen: (field, span) => `最近 ${span} 内 ${field} 的每个取值`,
  heard: (span) => `最后一个事件的时间，保留 ${span}`,
  groups: (fields, most) => `按 ${fields} 分组各自保留，最多 ${most} 组；超出时丢弃最久未见的一组。`,
  single: '只有一组。',
  samples: '每个未结束的告警最多保留三个样例事件。',
  size: (group, event) => `每组约占 ${group} 字节${event === '' ? '' : `，其中每项另加 ${event} 字节`}。`,
  bounds: (window, rule) =>
    `每组最多 ${window} 项，整条规则最多 ${rule} 项；超出时最旧的提前移除，规则会注明。`,
};

/** Sentences. */
export function memoryOf(rule: Rule, language: 'en' | 'zh'): readonly string[] {
  const words = language === 'zh' ? ZH : EN;
  const [stop, between] = language === 'zh' ? ['。', '；'] : ['.', '; '];
  const fields = rule.alert.by.map(({ name }) => name).join(', ');
  return [
    `${kept(rule.alert, words).join(between)}${stop}`,
    fields === '' ? words.single : words.groups(fields, rule.maxGroups.toLocaleString('en')),
    ...sizeOf(rule.alert, words),
    words.samples,
  ];
}

function sizeOf(alert: AlertSpec, words: MemoryWords): readonly string[] {
  const { groupBytes, eventBytes } = stateSizeOf(alert);
  const size = words.size(String(groupBytes), eventBytes === 0 ? '' : String(eventBytes));
  if (eventBytes === 0) return [size];
  const most = alert.kind === 'new' ? mostDistinct : mostWindowEvents;
  return [size, words.bounds(most.toLocaleString('en'), mostRuleEvents.toLocaleString('en'))];
}

const FORGOTTEN_MS = 86_400_000;

function kept(spec: AlertSpec, words: MemoryWords): readonly string[] {
  const span = durationText('during' in spec ? spec.during.ms : spec.within.ms);
  switch (spec.kind) {
    case 'aggregate': {
      const baselines = baselineSpans(spec).map(({ ms }) => words.baseline(durationText(ms)));
      return [words.window(span), ...new Set(baselines)];
    }
    case 'not_followed_by': {
      const { skew } = spec;
      return [words.deadlines(span), ...(skew === undefined ? [] : [words.answer(durationText(skew.ms))])];
    }
    case 'then':
    case 'all_of':
      return [words.steps(spec.steps.length, span)];
    case 'stays':
    case 'changes':
      return [words.last(spec.field.name, span)];
    case 'new':
      return [words.seen(spec.field.name, span)];
    case 'nothing':
      return [words.heard(durationText(spec.seenWithin?.ms ?? FORGOTTEN_MS))];
  }
}
