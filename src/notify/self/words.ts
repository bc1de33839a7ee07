/** What messages of Tocsin's own rules say: one sentence with the figures, and why now. One function a rule and language. */
import type { Episode } from '../../event/alert.ts';
import type { Value } from '../../event/event.ts';
import type { Language } from '../notice.ts';
import { selfMeaning, selfRule, type SelfRuleName } from './rules.ts';
import { chineseWords } from './words-zh.ts';

/** The figures of an episode, and how the language writes spans and times. */
export interface SelfFacts {
  /** Text of a figure or of the group; empty where there is none. */
  text(name: string): string;
  /** A number, with separators. */
  number(name: string): string;
  has(name: string): boolean;
  span(name: string): string;
  /** Of an ISO time; `?` where there is none. */
  time(name: string): string;
  /** When the trouble began. */
  readonly beganAt: string;
  readonly isOne: (name: string) => boolean;
  /** More than none. */
  readonly some: (name: string) => boolean;
  readonly resolvedAt: string;
  readonly lasted: string;
}

export interface SelfWords {
  fired(facts: SelfFacts): string;
  whyNow(facts: SelfFacts): string;
  resolved(facts: SelfFacts): string;
}

export interface Formats {
  readonly language: Language;
  readonly duration: (ms: number) => string;
  readonly time: (ms: number) => string;
}

/** Undefined for an episode of a rule of the folder. */
export function selfWords(
  kind: 'fired' | 'resolved' | 'amended' | 'withdrawn',
  episode: Episode,
  formats: Formats,
): { readonly sentence: string; readonly whyNow: string } | undefined {
  if (episode.meaning !== selfMeaning || selfRule(episode.rule) === undefined) return undefined;
  const all = formats.language === 'zh' ? chineseWords : englishWords;
  const words = all[episode.rule as SelfRuleName];
  const facts = factsOf(episode, formats);
  return {
    sentence: kind === 'resolved' ? words.resolved(facts) : words.fired(facts),
    whyNow: words.whyNow(facts),
  };
}

function factsOf(episode: Episode, { duration, time }: Formats): SelfFacts {
  const values: Readonly<Record<string, Value | undefined>> = { ...episode.figures, ...episode.group };
  const text = (name: string): string => String(values[name] ?? '');
  const firedAtMs = episode.firedAtMs ?? episode.firstEvent.timeMs;
  const resolvedAtMs = episode.resolvedAtMs ?? firedAtMs;
  return {
    text,
    has: (name) => values[name] !== undefined,
    number: (name) => Number(values[name] ?? 0).toLocaleString('en'),
    isOne: (name) => values[name] === 1,
    some: (name) => Number(values[name] ?? 0) > 0,
    span: (name) => duration(rounded(Number(values[name] ?? 0))),
    time(name) {
      const ms = Date.parse(text(name));
      // A message must not be lost to a figure that is not there.
      return Number.isNaN(ms) ? '?' : time(ms);
    },
    beganAt: time(episode.firstEvent.timeMs),
    resolvedAt: time(resolvedAtMs),
    lasted: duration(rounded(Math.max(0, resolvedAtMs - episode.firstEvent.timeMs))),
  };
}

/** Whole seconds: nobody needs more of how long a trouble lasts. */
const rounded = (ms: number): number => Math.max(1_000, Math.round(ms / 1_000) * 1_000);

const over = ({ resolvedAt, lasted }: SelfFacts): string => `since ${resolvedAt}. It lasted ${lasted}.`;

function owedWords(facts: SelfFacts): string {
  const waiting = `${facts.number('waiting')} ${facts.isOne('waiting') ? 'waits' : 'wait'} for it, the oldest since ${facts.time('oldest')}`;
  const givenUp = `${facts.number('given_up')} ${facts.isOne('given_up') ? 'was' : 'were'} given up`;
  const parts = [...(facts.some('waiting') ? [waiting] : []), ...(facts.some('given_up') ? [givenUp] : [])];
  return parts.length === 0
    ? 'None waits for it yet; who relies on it alone would not be told.'
    : `${parts.join(', ')}: who relies on it alone has not been told.`;
}

const englishWords: Readonly<Record<SelfRuleName, SelfWords>> = {
  tocsin_source_silent: {
    fired: (facts) =>
      `Nothing has been read from the source ${facts.text('source')} ` +
      (facts.has('since') ? `since ${facts.time('since')}` : 'since Tocsin was started') +
      `, for ${facts.span('silent_ms')}. Whatever happens there meanwhile, none of its rules sees it.`,
    whyNow: (facts) =>
      `silent for ${facts.span('silent_ms')} (limit ${facts.span('limit_ms')}) · source = ${facts.text('source')}`,
    resolved: (facts) => `Lines come from the source ${facts.text('source')} again ${over(facts)}`,
  },
  tocsin_source_halted: {
    fired: (facts) =>
      `${facts.isOne('partitions') ? 'A part' : `${facts.number('partitions')} parts`} of the source ` +
      `${facts.text('source')} cannot be read, and no rule sees what comes there: ${facts.text('problem')}`,
    whyNow: (facts) => `${facts.number('partitions')} halted · source = ${facts.text('source')}`,
    resolved: (facts) => `Everything of the source ${facts.text('source')} is read again ${over(facts)}`,
  },
  tocsin_lag: {
    fired: (facts) =>
      `Reading the source ${facts.text('source')} is ${facts.span('behind_ms')} behind: it has come to ` +
      `${facts.time('read_to')}, and more is unread. Alerts from it come that much late.`,
    whyNow: (facts) =>
      `${facts.span('behind_ms')} behind (limit ${facts.span('limit_ms')}) · source = ${facts.text('source')}`,
    resolved: (facts) => `The source ${facts.text('source')} is read up to now again ${over(facts)}`,
  },
  tocsin_groups_dropped: {
    fired: (facts) =>
      `The rule ${facts.text('rule')} has dropped ${facts.number('dropped')} ` +
      `${facts.isOne('dropped') ? 'group' : 'groups'} since ${facts.time('since')}, because it may follow ` +
      `${facts.number('max_groups')} at most. What they had counted is gone: their alerts may not come.`,
    whyNow: (facts) =>
      `${facts.number('dropped')} dropped (max_groups ${facts.number('max_groups')}) · rule = ${facts.text('rule')}`,
    resolved: (facts) =>
      `The rule ${facts.text('rule')} has dropped no group for an hour; ${facts.number('dropped')} in all before that.`,
  },
  tocsin_rules_invalid: {
    fired: (facts) =>
      `The rules folder does not pass the checks, so no change in it is in force; the last good rules ` +
      `(${facts.number('running')}) run. The first finding: ${facts.text('problem')}`,
    whyNow: (facts) => `invalid since ${facts.beganAt}`,
    resolved: (facts) => `The rules folder is valid and in force again ${over(facts)}`,
  },
  tocsin_receiver_failing: {
    fired: (facts) =>
      `${facts.text('receiver')} takes no messages${facts.has('problem') ? ` (${facts.text('problem')})` : ''}. ` +
      owedWords(facts),
    whyNow: (facts) => `${facts.number('waiting')} undelivered · receiver = ${facts.text('receiver')}`,
    resolved: (facts) => `${facts.text('receiver')} takes messages again ${over(facts)}`,
  },
};
