/** Checks how many groups a rule may follow, and what its alert form requires of its own parts. */
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { formOf } from '../forms/forms.ts';
import { write } from '../mending.ts';
import type { RuleCheck } from './check.ts';
import { alertOf, clausesOf } from '../block.ts';

const GROUPS_MAX = 10_000_000;

export const checkForm: RuleCheck = (rule, context) => {
  const found: Diagnostic[] = [];
  for (const { value } of clausesOf(rule, 'max_groups')) {
    const number = Number(value.text);
    if (!Number.isInteger(number) || number < 1 || number > GROUPS_MAX)
      found.push(
        at(
          value.span,
          'TOC225',
          `\`max_groups\` is a whole number from 1 to ${GROUPS_MAX}`,
          write(value.span, '100000', 'for instance max_groups 100000'),
        ),
      );
  }
  const spec = alertOf(rule);
  if (spec === undefined) return found;
  const form = formOf(spec);
  if (form.needsBy && spec.by.length === 0)
    found.push(
      at(
        spec.span,
        'TOC221',
        `${form.title} needs \`by\`: whose events belong together`,
        'for instance by order_id',
      ),
    );
  return [...found, ...form.check(spec, context)];
};
