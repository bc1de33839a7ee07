/** How many rules run together: more than people write are refused before any of them is parsed. */
import type { Slices } from '../event/slices.ts';
import { at, type Diagnostic } from './diagnostics.ts';
import type { RuleText } from './rule-files.ts';
import { sourceText, spanOf } from './source-text.ts';

/** Rules of one set. */
export const MOST_RULES = 20_000;

/** A rule begins like this; one that does not is counted when it has been parsed. */
const beginning = /(?<![\w@.$/+-])rule\s+\w+(?:\s*"(?:[^"\\\n]|\\.)*")?\s*\{/gu;

/** The finding for texts that hold too many rules; undefined where they do not. Takes milliseconds a text, whatever it holds. */
export function* countingRules(texts: readonly RuleText[]): Slices<Diagnostic | undefined> {
  let left = MOST_RULES;
  for (const { file, text } of texts) {
    for (const { index } of text.matchAll(beginning))
      if (left-- === 0) return oneTooMany({ file, text }, index);
    yield;
  }
  return undefined;
}

/** The finding that names the rule beginning there as one too many. */
export function oneTooMany({ file, text }: RuleText, start: number): Diagnostic {
  return at(
    spanOf(sourceText(file, text), start, start + 'rule'.length),
    'TOC120',
    `the rule files hold more than ${MOST_RULES} rules together`,
    'remove rules that nobody needs, or split them over several processes, each with a rules folder of its own',
  );
}
