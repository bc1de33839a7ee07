/** Derives from the facts of a moment the troubles in Tocsin's own work that people must be told of. It is a pure function. */
import type { Value } from '../../event/event.ts';
import { mapTexts, redactText } from '../../event/redact.ts';
import type { SelfRuleName } from '../../notify/message/self/rules.ts';
import { LOSS_KEPT_MS } from './loss-kinds.ts';
import type { Loss } from './losses.ts';
import type { SourceState } from './sources.ts';
import type { ArchiveState, ProcessState, ReceiverState } from '../types.ts';

export interface TroubleFacts {
  readonly sources: readonly SourceState[];
  readonly losses: readonly Loss[];
  readonly maxGroups: (rule: string) => number;
  /** The lateness that would have kept matches from coming too late for a rule, ms; undefined where it would have changed nothing. */
  readonly neededLatenessMs: (rule: string) => number | undefined;
  /** The reason why the rules folder does not run, and the number of rules that run instead. */
  readonly rules: { readonly problem?: string; readonly running: number };
  readonly receivers: readonly ReceiverState[];
  readonly archive: ArchiveState;
  readonly process: ProcessState;
  readonly lagAfterMs: number;
  readonly nowMs: number;
}

export interface Trouble {
  readonly rule: SelfRuleName;
  readonly group: Readonly<Record<string, string>>;
  /** When the trouble began, where that is known. */
  readonly sinceMs?: number;
  /** True where the trouble has lasted long enough already: people are told at once. */
  readonly isCertain?: boolean;
  readonly figures: Readonly<Record<string, Value>>;
}

export function troublesOf(facts: TroubleFacts): readonly Trouble[] {
  return [
    ...facts.sources.flatMap((source) => sourceTroubles(source, facts)),
    ...facts.losses.flatMap((loss) => (loss.isTold ? [lossTrouble(loss, facts)] : [])),
    ...invalidTrouble(facts),
    ...archiveTrouble(facts),
    ...processTroubles(facts),
    ...facts.receivers.map(receiverTrouble),
  ].map(discreet);
}

/** Redacts secrets. Problems come in the words of servers and libraries; they are stored with the alert and sent to people. */
function discreet(trouble: Trouble): Trouble {
  return { ...trouble, figures: mapTexts(trouble.figures, redactText) };
}

function sourceTroubles(
  { source, silent, behind, halted, unreachable, waits }: SourceState,
  { lagAfterMs }: TroubleFacts,
): readonly Trouble[] {
  const group = { source };
  const found: Trouble[] = [];
  if (silent !== undefined) {
    const { sinceMs, forMs, afterMs } = silent;
    const figures = {
      silent_ms: forMs,
      limit_ms: afterMs,
      ...(sinceMs !== undefined && { since: iso(sinceMs) }),
    };
    const since = sinceMs === undefined ? {} : { sinceMs };
    found.push({ rule: 'tocsin_source_silent', group, ...since, isCertain: true, figures });
  }
  if (halted.length > 0) {
    const figures = { partitions: halted.length, problem: halted[0]! };
    found.push({ rule: 'tocsin_source_halted', group, figures });
  }
  if (unreachable !== undefined) {
    const { because, sinceMs } = unreachable;
    found.push({ rule: 'tocsin_source_unreachable', group, sinceMs, figures: { problem: because } });
  }
  if (waits !== undefined) {
    const { because, sinceMs } = waits;
    found.push({ rule: 'tocsin_time_held', group, sinceMs, figures: { problem: because } });
  }
  if (behind !== undefined && behind.byMs > lagAfterMs) {
    const figures = { behind_ms: behind.byMs, read_to: iso(behind.readToMs), limit_ms: lagAfterMs };
    found.push({ rule: 'tocsin_lag', group, figures });
  }
  return found;
}

/** Turns a loss into a trouble. A loss does not end by itself, so it is told without waiting whether it lasts. */
function lossTrouble(loss: Loss, { maxGroups, neededLatenessMs }: TroubleFacts): Trouble {
  const { kind, labels, firstMs, count, lately, fault } = loss;
  const { reason, selfRule } = kind;
  const texts = Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
  const hasReasons = selfRule === 'tocsin_source_misread' || selfRule === 'tocsin_matches_lost';
  const latenessMs = reason === 'alert_missed' ? neededLatenessMs(texts['rule'] ?? '') : undefined;
  return {
    rule: selfRule,
    group: { ...texts, ...(hasReasons && { why: reason }) },
    sinceMs: firstMs,
    isCertain: true,
    figures: {
      since: iso(firstMs),
      count,
      ...(lately && { lately: lately.count, total: lately.total, span_ms: lately.spanMs }),
      ...(fault && { cause: fault.cause, fix: fault.fix }),
      ...(fault?.example !== undefined && { example: fault.example }),
      ...(reason === 'groups_dropped' && { dropped: count, max_groups: maxGroups(texts['rule'] ?? '') }),
      ...(latenessMs !== undefined && { lateness_ms: latenessMs }),
    },
  };
}

/** The archive may be behind without a problem, and may have a problem before it is behind. */
function archiveTrouble({ archive, lagAfterMs, nowMs }: TroubleFacts): readonly Trouble[] {
  const { lagMs, problem, sinceMs = nowMs - lagMs } = archive;
  if (lagMs <= lagAfterMs && problem === undefined) return [];
  const figures = { behind_ms: lagMs, limit_ms: lagAfterMs, ...(problem !== undefined && { problem }) };
  return [{ rule: 'tocsin_archive_behind', group: {}, sinceMs, figures }];
}

/** Returns events in the life of the process. Each is over when it is noticed, and is told for as long as a loss is. */
function processTroubles({ process, nowMs }: TroubleFacts): readonly Trouble[] {
  const { clockJump, unwritable } = process;
  const isNews = (atMs: number): boolean => nowMs < atMs + LOSS_KEPT_MS;
  const found: Trouble[] = [];
  const add = (rule: SelfRuleName, sinceMs: number, figures: Trouble['figures']): void =>
    void found.push({ rule, group: {}, sinceMs, isCertain: true, figures });
  if (clockJump !== undefined && isNews(clockJump.atMs)) {
    const { atMs, byMs } = clockJump;
    const direction = byMs < 0 ? 'back' : 'ahead';
    add('tocsin_clock_jumped', atMs, { at: iso(atMs), by_ms: Math.abs(byMs), direction });
  }
  if (unwritable !== undefined && isNews(unwritable.untilMs)) {
    const { sinceMs, untilMs, problem } = unwritable;
    const times = { since: iso(sinceMs), until: iso(untilMs), lasted_ms: untilMs - sinceMs };
    add('tocsin_state_unwritable', sinceMs, { ...times, problem });
  }
  return found;
}

function invalidTrouble({ rules: { problem, running } }: TroubleFacts): readonly Trouble[] {
  if (problem === undefined) return [];
  return [
    { rule: 'tocsin_rules_invalid', group: {}, figures: { problem: problem.split('\n', 1)[0]!, running } },
  ];
}

function receiverTrouble({ receiver, problem, waiting, oldestMs, givenUp }: ReceiverState): Trouble {
  const figures = {
    waiting,
    given_up: givenUp,
    ...(problem !== undefined && { problem }),
    ...(oldestMs !== undefined && { oldest: iso(oldestMs) }),
  };
  return { rule: 'tocsin_receiver_failing', group: { receiver }, figures };
}

const iso = (ms: number): string => new Date(ms).toISOString();
