/** Named conditions: each is defined once, is used, and has a name that cannot be taken for a word of the language. */
import { letsUsed } from '../alert-parts.ts';
import type { AlertSpec, LetRef } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { formOf } from '../forms/forms.ts';
import { writeNearest } from '../mending.ts';
import { nearest } from '../../event/did-you-mean.ts';
import { RESERVED } from '../vocabulary.ts';
import type { RuleCheck } from './check.ts';
import { alertOf, clausesOf, conditionsOf } from '../block.ts';
import { leavesOf } from '../leaves.ts';

export const checkLets: RuleCheck = (rule) => {
  const found: Diagnostic[] = [];
  const defined = new Map<string, number>();
  for (const { name } of clausesOf(rule, 'let')) {
    const earlier = defined.get(name.text);
    if (earlier !== undefined)
      found.push(
        at(
          name.span,
          'TOC212',
          `\`${name.text}\` is defined twice; the first is on line ${earlier}`,
          'rename one',
        ),
      );
    else defined.set(name.text, name.span.line);
    if (RESERVED.includes(name.text))
      found.push(
        at(name.span, 'TOC213', `\`${name.text}\` is a word of the language`, `call it ${name.text}_events`),
      );
    else if (!/^[\p{L}_][\p{L}\p{M}\p{N}_-]*$/u.test(name.text))
      found.push(
        at(
          name.span,
          'TOC213',
          `\`${name.text}\` cannot name a condition`,
          'letters, digits and `_`, a letter first',
        ),
      );
  }
  const spec = alertOf(rule);
  const uses = spec === undefined ? [] : letsUsed(spec);
  const names = [...defined.keys()];
  if (!rule.damaged)
    for (const use of uses)
      if (!defined.has(use.name))
        found.push(
          at(
            use.span,
            'TOC210',
            `no \`let\` defines \`${use.name}\``,
            names.length === 0
              ? `add: let ${use.name} = …`
              : writeNearest(use.span, use.name, names, 'defined here'),
          ),
        );
  if (spec !== undefined) found.push(...unused(rule, uses, spec));
  return found;
};

const unused = (rule: Parameters<RuleCheck>[0], uses: readonly LetRef[], spec: AlertSpec): Diagnostic[] => {
  const names = clausesOf(rule, 'let').map(({ name }) => name.text);
  // A misspelled use is one fault, not two.
  const used = new Set(
    uses.map(({ name }) => (names.includes(name) ? name : (nearest(name, names) ?? name))),
  );
  const inConditions = new Set(
    conditionsOf(rule)
      .flatMap(leavesOf)
      .flatMap((leaf) => (leaf.kind === 'value' && leaf.value.kind === 'word' ? [leaf.value.text] : [])),
  );
  return clausesOf(rule, 'let')
    .filter(({ name }) => !used.has(name.text))
    .map(({ name }) =>
      at(
        name.span,
        'TOC211',
        `\`${name.text}\` is defined but the alert does not use it`,
        inConditions.has(name.text)
          ? 'in a condition the name is only a word to search for; names count in `alert` alone'
          : `${formOf(spec).letUse(name.text)}, or delete it`,
      ),
    );
};
