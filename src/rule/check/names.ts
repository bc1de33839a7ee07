/** Checks that rule names have one shape, so that they can stand in URLs, metrics and file names. */
import { at } from '../diagnostics.ts';
import { write } from '../mending.ts';
import type { RuleCheck } from './check.ts';

export const checkNames: RuleCheck = (rule) => {
  const { text, span } = rule.name;
  if (/^[a-z][a-z0-9_]*$/.test(text) && text.length <= 100) return [];
  const better = text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 100);
  return [
    at(
      span,
      'TOC213',
      `\`${text}\` cannot be the name of a rule: lower-case letters, digits and \`_\`, a letter first, at most 100`,
      better === ''
        ? 'for instance order_timeouts'
        : write(span, better, `write ${better}; any text may stand in the title behind it`),
    ),
  ];
};
