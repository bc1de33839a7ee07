/** One matcher following another rule by rule: for a while some rules run as they were and the others as they will be. */
import type { Matcher } from './matcher.ts';

/** `waits` says of which rules `before` has the say still; what it answers may change between two batches. */
export function handOver(before: Matcher, after: Matcher, waits: (rule: string) => boolean): Matcher {
  return {
    learned: after.learned,
    match(events) {
      const [old, next] = [before.match(events), after.match(events)];
      const matches = [
        ...old.matches.filter(({ rule }) => waits(rule)),
        ...next.matches.filter(({ rule }) => !waits(rule)),
      ];
      return {
        matches: matches.sort((a, b) => a.position.offset - b.position.offset),
        missed: [
          ...old.missed.filter(({ rule }) => waits(rule)),
          ...next.missed.filter(({ rule }) => !waits(rule)),
        ],
        late: [
          ...old.late.filter(({ rule }) => waits(rule)),
          ...next.late.filter(({ rule }) => !waits(rule)),
        ],
      };
    },
  };
}
