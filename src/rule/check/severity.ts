/** The five severities. */
import type { Severity } from '../../event/alert.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { suggest } from '../../event/did-you-mean.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import { SEVERITIES } from '../vocabulary.ts';
import { clausesOf } from '../block.ts';

export function isSeverity(text: string): text is Severity {
  return (SEVERITIES as readonly string[]).includes(text);
}

/** For rules and for defaults. */
export function checkSeverity(block: RuleBlock | DefaultsBlock): readonly Diagnostic[] {
  return clausesOf(block, 'severity')
    .filter(({ value }) => !isSeverity(value.text))
    .map(({ value }) =>
      at(
        value.span,
        'TOC209',
        `there is no severity \`${value.text}\``,
        SYNONYMS[value.text.toLowerCase()] ?? suggest(value.text, SEVERITIES, 'severities'),
      ),
    );
}

const SYNONYMS: Readonly<Record<string, string>> = {
  error: 'did you mean `high`?',
  warning: 'did you mean `medium`?',
  warn: 'did you mean `medium`?',
  major: 'did you mean `high`?',
  minor: 'did you mean `low`?',
  fatal: 'did you mean `critical`?',
  p1: 'did you mean `critical`?',
  p2: 'did you mean `high`?',
  p3: 'did you mean `medium`?',
};
