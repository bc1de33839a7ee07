/** Rules that match no line though all their words are there: to have more rules and not more matches. */
import type { OrderLines } from './order-lines.ts';
import { orderRules, type Wanted } from './order-rules.ts';
import { truthOf } from './truth.ts';

/** A little less than the share of rules that match none of all lines. */
const SILENT_SHARE = 0.27;

/** The first `count` of `orderRules` that match nothing. */
export function silentRules(count: number, corpus: OrderLines): readonly Wanted[] {
  for (let tried = Math.ceil(count / SILENT_SHARE) + 100; ; tried *= 2) {
    const rules = orderRules(tried, corpus);
    const truth = truthOf(corpus.lines, rules);
    const silent: Wanted[] = [];
    for (const rule of rules) {
      if (silent.length === count) break;
      if (truth.linesOf(rule).length === 0) silent.push(rule);
    }
    if (silent.length === count) return silent;
  }
}
