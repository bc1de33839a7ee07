/** If the window of an alert is longer than the archive keeps events, the alert cannot be investigated. */
import { spansBack } from '../alert-parts.ts';
import { alertOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import { durationText } from '../../event/duration.ts';
import type { Lint } from './lint.ts';

export const lintRetention: Lint = ({ block }, { retentionMs }) => {
  const spec = alertOf(block);
  const longest = spec === undefined ? undefined : spansBack(spec).find(({ ms }) => ms > retentionMs);
  if (longest === undefined) return [];
  return [
    warnAt(
      longest.span,
      'TOC308',
      `the rule looks back ${durationText(longest.ms)}, but the archive keeps events for ${durationText(retentionMs)}`,
      'raise `retention` of the archive in tocsin.yaml, or shorten this',
    ),
  ];
};
