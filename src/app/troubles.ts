/** What is wrong with Tocsin's own work at a moment, as far as people must be told of it: a pure function of the facts. */
import type { Value } from '../event/event.ts';
import type { LossRow } from '../detect/notes.ts';
import type { SelfRuleName } from '../notify/self/rules.ts';
import { lossKeptMs } from './losses.ts';
import type { SourceState } from './source-watch.ts';

/** A receiver that does not get its messages. */
export interface ReceiverState {
  readonly receiver: string;
  readonly problem?: string;
  readonly waiting: number;
  readonly oldestMs?: number;
  /** Given up lately, with nothing delivered since. */
  readonly givenUp: number;
}

export interface TroubleFacts {
  readonly sources: readonly SourceState[];
  readonly losses: readonly LossRow[];
  readonly maxGroups: (rule: string) => number;
  /** Why the rules folder does not run, and how many rules run instead. */
  readonly rules: { readonly problem?: string; readonly running: number };
  readonly receivers: readonly ReceiverState[];
  readonly lagAfterMs: number;
  readonly nowMs: number;
}

export interface Trouble {
  readonly rule: SelfRuleName;
  readonly group: Readonly<Record<string, string>>;
  /** When it began, where that is known. */
  readonly sinceMs?: number;
  /** It has been waited for long enough already: people are told at once. */
  readonly isCertain?: boolean;
  readonly figures: Readonly<Record<string, Value>>;
}

export function troublesOf(facts: TroubleFacts): readonly Trouble[] {
  return [
    ...facts.sources.flatMap((source) => sourceTroubles(source, facts)),
    ...facts.losses.flatMap((loss) => dropTrouble(loss, facts)),
    ...invalidTrouble(facts),
    ...facts.receivers.map(receiverTrouble),
  ];
}

function sourceTroubles(
  { source, silent, behind, halted }: SourceState,
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
  if (behind !== undefined && behind.byMs > lagAfterMs) {
    const figures = { behind_ms: behind.byMs, read_to: iso(behind.readToMs), limit_ms: lagAfterMs };
    found.push({ rule: 'tocsin_lag', group, figures });
  }
  return found;
}

/** One an hour is enough to be told of; the alert is over when there was none for as long. */
function dropTrouble(loss: LossRow, { maxGroups, nowMs }: TroubleFacts): readonly Trouble[] {
  const { rule, kind, firstMs, lastMs, count } = loss;
  if (kind !== 'groups_dropped' || nowMs >= lastMs + lossKeptMs) return [];
  const figures = { dropped: count, max_groups: maxGroups(rule), since: iso(firstMs) };
  return [{ rule: 'tocsin_groups_dropped', group: { rule }, sinceMs: firstMs, isCertain: true, figures }];
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
