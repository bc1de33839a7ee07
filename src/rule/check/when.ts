/** Which alert forms work on `when` and which name their conditions themselves. */
import { measuresOf } from '../alert-parts.ts';
import { at } from '../diagnostics.ts';
import type { Check } from './check.ts';
import { alertOf, clausesOf } from '../block.ts';
import { FORM_NAMES } from './check.ts';

export const checkWhen: Check = (rule) => {
  const spec = alertOf(rule);
  if (spec === undefined) return [];
  const when = clausesOf(rule, 'when')[0];
  if (spec.kind === 'not_followed_by' || spec.kind === 'then' || spec.kind === 'all_of') {
    if (when === undefined) return [];
    return [
      at(
        when.span,
        'TOC205',
        `${FORM_NAMES[spec.kind]} works on its named conditions alone, so \`when\` would do nothing`,
        'put the condition into each `let`, joined with AND',
      ),
    ];
  }
  if (when !== undefined || rule.damaged) return [];
  const bare =
    spec.kind === 'aggregate' ? measuresOf(spec).find((m) => m.kind !== 'count' || m.of === undefined) : spec;
  if (bare === undefined) return [];
  const what = spec.kind === 'aggregate' ? `\`${bare.kind}\`` : FORM_NAMES[spec.kind];
  return [
    at(
      bare.span,
      'TOC204',
      `${what} needs a \`when\` that says which events it works on`,
      'add for instance: when level:ERROR',
    ),
  ];
};
