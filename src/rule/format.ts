/** The one layout of a rule text. A text with a syntax error has none: what could not be read must not be lost by writing it anew. */
import type { Diagnostic } from './diagnostics.ts';
import { parseRuleFile, tooLarge } from './parse/parse.ts';
import { printRuleFile } from './print-file.ts';
import { sourceText } from './source-text.ts';

/** The text as `tocsin fmt` writes it, or the syntax errors that keep it from being read. */
export function formatRuleText(
  file: string,
  text: string,
): { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] } {
  const { tree, diagnostics } = parseRuleFile(sourceText(file, text));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { diagnostics: errors };
  const printed = printRuleFile(tree);
  // Indented, a text at the very bound may pass it.
  const refused = tooLarge(sourceText(file, printed));
  return refused === undefined ? { text: printed } : { diagnostics: [refused] };
}
