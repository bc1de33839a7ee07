/**
 * Which rules a backtest can judge when lines of some sources only are at hand. A line that was not read looks like a line that never
 * came: a rule that waits for it would fire for every group.
 */
import { growsWithLines } from '../../rule/alert-parts.ts';
import type { Rule } from '../../rule/ast.ts';

/** A rule, and the sources of it that no line was read from. */
export interface Unjudged {
  readonly rule: string;
  readonly missing: readonly string[];
}

export interface JudgedRules {
  /** In their order. */
  readonly rules: readonly Rule[];
  /** Left out: without these sources their alerts would be false. */
  readonly notJudged: readonly Unjudged[];
  /** Judged over what is there: each alert is true, others may be missing. */
  readonly partlyJudged: readonly Unjudged[];
}

/** `sources`: all that are configured; `given`: those that lines were read from. */
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
    // Whoever names the sources needs them; whoever names none may well mean the one that is there.
    const holds = missing.length === 0 || (rule.from.length === 0 && some && growsWithLines(rule.alert));
    if (holds) judged.push(rule);
    if (missing.length > 0) (holds ? partlyJudged : notJudged).push({ rule: rule.name, missing });
  }
  return { rules: judged, notJudged, partlyJudged };
}
