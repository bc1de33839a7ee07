/** Finds a condition that stands in a form twice, if that cannot be meant. */
import type { LetRef } from '../ast.ts';
import { at, type Diagnostic } from '../diagnostics.ts';

export function namedTwice(names: readonly LetRef[], because: string): Diagnostic[] {
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const twice = seen.has(name.name);
    seen.add(name.name);
    return twice
      ? [at(name.span, 'TOC232', `\`${name.name}\` stands here twice: ${because}`, 'name another condition')]
      : [];
  });
}
