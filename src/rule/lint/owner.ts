/** A rule needs an owner: nobody looks at an alert that belongs to nobody. */
import { applying } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import type { Lint } from './lint.ts';

export const lintOwner: Lint = ({ block, defaults }) =>
  applying(block, defaults, 'owner') === undefined
    ? [
        warnAt(
          block.name.span,
          'TOC303',
          `\`${block.name.text}\` has no owner`,
          'add the team that answers for it: owner team-order',
        ),
      ]
    : [];
