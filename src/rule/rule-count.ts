/** Bounds how many rules run together. A set of more rules than people write is refused before any of them is parsed. */
import type { Slices } from '../event/slices.ts';
import { at, type Diagnostic } from './diagnostics.ts';
import type { RuleText } from './rule-files.ts';
import { sourceText, spanOf } from './source-text.ts';

/** Greatest number of rules in one set. */
export const RULES_MAX = 20_000;

/**
 * The beginning of a rule. A rule that begins otherwise is counted when it has been parsed. Comments and texts are matched first, as a
 * whole, since nothing inside them is a rule.
 */
const BEGINNING_OR_ASIDE =
  /#[^\n\r]*|"(?:\\[^\n\r]|[^"\\\n\r])*"?|[“”„‟«»＂「」『』][^"“”„‟«»＂「」『』\n\r]*[“”„‟«»＂「」『』"]|['‘’‚‛][^'‘’‚‛"\n\r]*['‘’‚‛]|(?<![\w@.$/+-])(?<rule>rule)\s+\w+(?:\s*"(?:[^"\\\n]|\\.)*")?\s*\{/gu;
const MATCHES_AT_ONCE = 10_000;

/** Returns the finding for texts that hold too many rules; undefined if they do not. */
export function* countingRules(texts: readonly RuleText[]): Slices<Diagnostic | undefined> {
  let left = RULES_MAX;
  let matches = 0;
  for (const { file, text } of texts) {
    for (const { index, groups } of text.matchAll(BEGINNING_OR_ASIDE)) {
      if (groups!['rule'] !== undefined && left-- === 0) return oneTooMany({ file, text }, index);
      if (++matches % MATCHES_AT_ONCE === 0) yield;
    }
    yield;
  }
  return undefined;
}

/** Returns the finding that names the rule beginning at `start` as one too many. */
export function oneTooMany({ file, text }: RuleText, start: number): Diagnostic {
  return at(
    spanOf(sourceText(file, text), start, start + 'rule'.length),
    'TOC120',
    `the rule files hold more than ${RULES_MAX} rules together`,
    'remove rules that nobody needs, or split them over several processes, each with a rules folder of its own',
  );
}
