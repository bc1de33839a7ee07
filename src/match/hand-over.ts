/** Hands over from one matcher to the next, rule by rule. For a while some rules run in their old version and the others in the new one. */
import type { Matched } from './collector.ts';
import type { Matcher } from './matcher.ts';

/**
 * Returns a matcher that uses `before` for the rules for which `waits` returns true, and `after` for the others. The answer of `waits` may
 * change between two batches.
 */
export function handOver(before: Matcher, after: Matcher, waits: (rule: string) => boolean): Matcher {
  const join = (old: Matched, next: Matched): Matched => {
    const of = <T extends { readonly rule: string }>(olds: readonly T[], nexts: readonly T[]): T[] => [
      ...olds.filter(({ rule }) => waits(rule)),
      ...nexts.filter(({ rule }) => !waits(rule)),
    ];
    const matches = of(old.matches, next.matches).sort((a, b) => a.position.offset - b.position.offset);
    return {
      matches,
      columns: matches,
      missed: of(old.missed, next.missed),
      late: of(old.late, next.late),
      leaveBatch() {
        old.leaveBatch();
        next.leaveBatch();
      },
    };
  };
  return {
    ...(after.kernel !== undefined && { kernel: after.kernel }),
    learned: after.learned,
    match: (events) => join(before.match(events), after.match(events)),
    matchLines: (lines, from, to) =>
      join(before.matchLines(lines, from, to), after.matchLines(lines, from, to)),
  };
}
