/** Hands over from one matcher to the next, rule by rule. For a while some rules run in their old version and the others in the new one. */
import type { Matcher } from './matcher.ts';

/**
 * Returns a matcher that uses `before` for the rules for which `waits` returns true, and `after` for the others. The answer of `waits` may
 * change between two batches.
 */
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
