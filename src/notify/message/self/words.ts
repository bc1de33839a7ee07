/**
 * The words in messages of Tocsin's own rules: one sentence with the figures, and why now. Each rule has its functions in each language.
 */
import type { Episode } from '../../../event/alert.ts';
import type { Value } from '../../../event/event.ts';
import type { Language } from '../../notice.ts';
import { SELF_MEANING, selfRule, type SelfRuleName } from './rules.ts';
import { englishClosed, englishWords } from './words-en.ts';
import { chineseClosed, chineseWords } from './words-zh.ts';

/** The figures of an episode. Spans and times are written as the language writes them. */
export interface SelfFacts {
  /** Text of a figure or of a group value; empty if there is none. */
  text(name: string): string;
  /** A number with separators. */
  number(name: string): string;
  has(name: string): boolean;
  span(name: string): string;
  /** The time that a figure holds as an ISO time; `?` if there is none. */
  time(name: string): string;
  /** Time at which the trouble began. */
  readonly beganAt: string;
  readonly isOne: (name: string) => boolean;
  /** True if the figure is more than 0. */
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

/** Returns undefined for an episode of a rule of the folder. */
export function selfWords(
  kind: 'fired' | 'resolved' | 'amended' | 'withdrawn',
  episode: Episode,
  formats: Formats,
): { readonly sentence: string; readonly whyNow: string } | undefined {
  if (episode.meaning !== SELF_MEANING || selfRule(episode.rule) === undefined) return undefined;
  const [all, closed] =
    formats.language === 'zh' ? [chineseWords, chineseClosed] : [englishWords, englishClosed];
  const words = all[episode.rule as SelfRuleName];
  const facts = factsOf(episode, formats);
  const end = (): string => (episode.reason === 'removed' ? closed(facts) : words.resolved(facts));
  return { sentence: kind === 'resolved' ? end() : words.fired(facts), whyNow: words.whyNow(facts) };
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
      // A missing figure must not lose the message.
      return Number.isNaN(ms) ? '?' : time(ms);
    },
    beganAt: time(episode.firstEvent.timeMs),
    resolvedAt: time(resolvedAtMs),
    lasted: duration(rounded(Math.max(0, resolvedAtMs - episode.firstEvent.timeMs))),
  };
}

/** Rounds to whole seconds: nobody needs the length of a trouble more exactly. */
const rounded = (ms: number): number => Math.max(1_000, Math.round(ms / 1_000) * 1_000);
