/** Names of shared lets in conditions: there they are only words, although they look like the let. */
import type { Condition } from '../ast.ts';
import { at, type Diagnostic } from '../diagnostics.ts';
import { leavesOf } from '../leaves.ts';
import { write } from '../mending.ts';
import { quote } from '../print.ts';
import type { SharedLets } from '../shared-lets.ts';

/** Finds names of shared lets where they are only words to search for: whoever writes one there means the let. */
export function namesAsWords(condition: Condition, shared: SharedLets): readonly Diagnostic[] {
  if (shared.isEmpty) return [];
  return leavesOf(condition).flatMap((leaf) => {
    if (leaf.kind !== 'value' || leaf.value.kind !== 'word') return [];
    const { text, span } = leaf.value;
    const named = shared.get(text);
    if (named === undefined) return [];
    return [
      at(
        span,
        'TOC235',
        `\`${text}\` is a \`let\` of ${named.span.file}:${named.span.line}, and in a condition only a word to search for`,
        write(
          span,
          quote(text),
          `names of lets count in \`alert\` alone; if the word is meant, write ${quote(text)}`,
        ),
      ),
    ];
  });
}
