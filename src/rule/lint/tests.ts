/** A rule without a test has perhaps never been seen to fire. */
import { clausesOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import type { Lint } from './lint.ts';

export const lintTests: Lint = ({ block }) =>
  clausesOf(block, 'test').length > 0
    ? []
    : [
        warnAt(
          block.name.span,
          'TOC306',
          `\`${block.name.text}\` has no test`,
          'show once that it fires: test "it fires" { at 0s { message: "…" }  expect fire }',
        ),
      ];
