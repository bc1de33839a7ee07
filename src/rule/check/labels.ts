/** Labels: each key once. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import { clausesOf } from '../block.ts';

/** For rules and for defaults. */
export function checkLabels(block: RuleBlock | DefaultsBlock): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { entries } of clausesOf(block, 'labels')) {
    const seen = new Set<string>();
    for (const { key } of entries) {
      if (seen.has(key.text))
        found.push(at(key.span, 'TOC202', `the label \`${key.text}\` stands here twice`, 'keep one'));
      seen.add(key.text);
    }
  }
  return found;
}

/** The labels of a rule: those of the file's defaults, overridden by its own. */
export function labelsOf(
  rule: RuleBlock,
  defaults: DefaultsBlock | undefined,
): Readonly<Record<string, string>> {
  const blocks = defaults === undefined ? [rule] : [defaults, rule];
  const entries = blocks.flatMap((block) => clausesOf(block, 'labels').flatMap((clause) => clause.entries));
  return Object.fromEntries(entries.map(({ key, value }) => [key.text, value.text]));
}
