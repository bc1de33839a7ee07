/** Two rules with the same meaning wake people twice for one event. */
import type { Rule } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { warnAt } from '../diagnostics.ts';

export function lintTwice(rules: readonly Rule[]): readonly Diagnostic[] {
  const first = new Map<string, Rule>();
  return rules.flatMap((rule) => {
    const earlier = first.get(rule.meaning);
    if (earlier === undefined) {
      first.set(rule.meaning, rule);
      return [];
    }
    const place = { ...rule.span, endLine: rule.span.line, endColumn: rule.span.column + 'rule'.length };
    return [
      warnAt(
        place,
        'TOC312',
        `\`${rule.name}\` means the same as \`${earlier.name}\` in ${earlier.file}:${earlier.span.line}`,
        'keep one; it can notify several receivers',
      ),
    ];
  });
}
