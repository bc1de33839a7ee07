/** Keeps the doubts of the last look at rule health, for messages that are decided before the next look. */
import type { HealthRow } from '../../detect/store/notes.ts';
import { isDoubtReason } from '../../notify/message/doubt.ts';
import type { Doubt } from '../../notify/notice.ts';

export interface Doubts {
  note(health: readonly HealthRow[]): void;
  /** Returns the doubts about the results of this rule at the moment. */
  of(rule: string): readonly Doubt[];
}

export function createDoubts(): Doubts {
  let byRule = new Map<string, readonly Doubt[]>();
  return {
    note(health) {
      const doubtful = health.flatMap(({ rule, reason, sinceMs }) =>
        rule === undefined || !isDoubtReason(reason)
          ? []
          : [{ rule, doubt: { reason, ...(sinceMs !== undefined && { sinceMs }) } }],
      );
      const grouped = Map.groupBy(doubtful, ({ rule }) => rule);
      byRule = new Map([...grouped].map(([rule, own]) => [rule, own.map(({ doubt }) => doubt)]));
    },
    of: (rule) => byRule.get(rule) ?? [],
  };
}
