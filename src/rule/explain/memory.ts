/** Sentences for `explain`: the state that a rule keeps in memory, and for how long. */
import { windowOf } from '../alert-parts.ts';
import type { AlertSpec, Rule } from '../ast.ts';
import { RULE_EVENTS_MAX } from '../bounds.ts';
import { durationText } from '../../event/duration.ts';
import { formOf } from '../forms/forms.ts';

interface MemoryWords {
  readonly groups: (fields: string, max: string) => string;
  readonly single: string;
  readonly samples: string;
  readonly size: (group: string, event: string) => string;
  readonly bounds: (window: string, rule: string) => string;
}

const EN: MemoryWords = {
  groups: (fields, max) =>
    `This for each ${fields} by itself, at most ${max} groups; above that the least recently seen is dropped.`,
  single: 'There is one group.',
  samples: 'Each open alert keeps up to three sample events.',
  size: (group, event) =>
    `A group takes about ${group} B${event === '' ? '' : `, and ${event} B for each of them`}.`,
  bounds: (window, rule) =>
    `At most ${window} of them a group and ${rule} in all; above that the oldest go early, and the rule says so.`,
};

const ZH: MemoryWords = {
  groups: (fields, max) => `按 ${fields} 分组各自保留，最多 ${max} 组；超出时丢弃最久未见的一组。`,
  single: '只有一组。',
  samples: '每个未结束的告警最多保留三个样例事件。',
  size: (group, event) => `每组约占 ${group} 字节${event === '' ? '' : `，其中每项另加 ${event} 字节`}。`,
  bounds: (window, rule) =>
    `每组最多 ${window} 项，整条规则最多 ${rule} 项；超出时最旧的提前移除，规则会注明。`,
};

/** Returns the sentences, in their order. */
export function memoryOf({ alert, maxGroups }: Rule, language: 'en' | 'zh'): readonly string[] {
  const words = language === 'zh' ? ZH : EN;
  const [stop, between] = language === 'zh' ? ['。', '；'] : ['.', '; '];
  const kept = formOf(alert).memory[language](alert, durationText(windowOf(alert).ms));
  const fields = alert.by.map(({ name }) => name).join(', ');
  return [
    `${kept.join(between)}${stop}`,
    fields === '' ? words.single : words.groups(fields, maxGroups.toLocaleString('en')),
    ...sizeOf(alert, words),
    words.samples,
  ];
}

function sizeOf(alert: AlertSpec, words: MemoryWords): readonly string[] {
  const { groupBytes, eventBytes, eventsMax } = formOf(alert).stateSize(alert);
  const size = words.size(String(groupBytes), eventBytes === 0 ? '' : String(eventBytes));
  if (eventsMax === undefined) return [size];
  return [size, words.bounds(eventsMax.toLocaleString('en'), RULE_EVENTS_MAX.toLocaleString('en'))];
}
