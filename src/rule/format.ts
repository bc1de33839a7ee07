/** The one layout of a rule text. A text with a syntax error has no layout: writing it anew would lose the part that could not be read. */
import type { Diagnostic } from './diagnostics.ts';
import { parseRuleFile, tooLarge } from './parse/parse.ts';
import { printRuleFile } from './print-file.ts';
import { sourceText } from './source-text.ts';

/** Returns the text as `tocsin fmt` writes it, or the syntax errors that keep it from being read. */
export function formatRuleText(
  file: string,
  text: string,
): { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] } {
  const { tree, diagnostics } = parseRuleFile(sourceText(file, text));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { diagnostics: errors };
  const printed = printRuleFile(tree);
  // A text of nearly the greatest size may pass it once it is indented.
  const refused = tooLarge(sourceText(file, printed));
  return refused === undefined ? { text: printed } : { diagnostics: [refused] };
}
