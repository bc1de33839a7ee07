/**
 * Decides which rules a backtest can judge when it has lines of only some sources. A line that was not read looks like a line that never
 * came, so a rule that waits for such lines would fire for every group.
 */
import { growsWithLines } from '../../rule/alert-parts.ts';
import type { Rule } from '../../rule/ast.ts';

/** A rule, and those of its sources from which no line was read. */
export interface Unjudged {
  readonly rule: string;
  readonly missing: readonly string[];
}

export interface JudgedRules {
  /** The rules that are judged, in the order of the ruleset. */
  readonly rules: readonly Rule[];
  /** Rules that are left out: without the missing sources their alerts would be false. */
  readonly notJudged: readonly Unjudged[];
  /** Rules that are judged by the lines at hand: each of their alerts is true, but others may be missing. */
  readonly partlyJudged: readonly Unjudged[];
}

/**
 * Sorts the rules by how far they can be judged. `sources`: all sources of the configuration. `given`: the sources that lines were read
 * from.
 */
export function judgeable(
  rules: readonly Rule[],
  sources: readonly string[],
  given: ReadonlySet<string>,
): JudgedRules {
  const judged: Rule[] = [];
  const notJudged: Unjudged[] = [];
  const partlyJudged: Unjudged[] = [];
  for (const rule of rules) {
    const all = rule.from.length === 0 ? sources : rule.from;
    const missing = all.filter((source) => !given.has(source));
    const some = missing.length < all.length;
    // A rule that names its sources needs all of them. A rule that names none may be meant for the sources that are at hand.
    const holds = missing.length === 0 || (rule.from.length === 0 && some && growsWithLines(rule.alert));
    if (holds) judged.push(rule);
    if (missing.length > 0) (holds ? partlyJudged : notJudged).push({ rule: rule.name, missing });
  }
  return { rules: judged, notJudged, partlyJudged };
}
