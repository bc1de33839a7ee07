/** Checks that `from` names configured sources. */
import type { RuleContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { writeNearest } from '../mending.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import { clausesOf } from '../block.ts';

/** For rules and for defaults. */
export function checkSources(block: RuleBlock | DefaultsBlock, context: RuleContext): readonly Diagnostic[] {
  return clausesOf(block, 'from')
    .flatMap((clause) => clause.sources)
    .filter((source) => !context.sources.includes(source.text))
    .map((source) =>
      at(
        source.span,
        'TOC207',
        `there is no source \`${source.text}\``,
        writeNearest(source.span, source.text, context.sources, 'configured sources'),
      ),
    );
}
