/** Groups by order or by request grow without end. Such a rule should say how many groups it may follow. */
import { alertOf, applying } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import type { Lint } from './lint.ts';

/** Last part of the names of fields whose value differs in nearly every event. */
const IDENTIFIER =
  /(?:^|[._-])(?:id|ids|uid|uuid|guid|ip|token|session|no|number|key)$|[a-z](?:Id|ID|Uuid|Ip|Token|No)$/u;

export const lintGroups: Lint = ({ block, defaults }) => {
  if (applying(block, defaults, 'max_groups') !== undefined) return [];
  const endless = alertOf(block)?.by.find((field) => IDENTIFIER.test(field.name));
  if (endless === undefined) return [];
  return [
    warnAt(
      endless.span,
      'TOC307',
      `\`${endless.name}\` makes a group of nearly every event, and nothing says how many are followed at once`,
      'say what is enough, for instance max_groups 200000; without it a million, the least recently seen dropped',
    ),
  ];
};
