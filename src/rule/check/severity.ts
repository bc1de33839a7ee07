/** The five severities. */
import type { Severity } from '../../event/alert.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock, Text } from '../file.ts';
import { write, writeNearest, type Hint } from '../mending.ts';
import { SEVERITIES } from '../vocabulary.ts';
import { clausesOf } from '../block.ts';

export function isSeverity(text: string): text is Severity {
  return (SEVERITIES as readonly string[]).includes(text);
}

/** For rules and for defaults. */
export function checkSeverity(block: RuleBlock | DefaultsBlock): readonly Diagnostic[] {
  return clausesOf(block, 'severity')
    .filter(({ value }) => !isSeverity(value.text))
    .map(({ value }) => at(value.span, 'TOC209', `there is no severity \`${value.text}\``, meant(value)));
}

function meant({ text, span }: Text): Hint {
  const synonym = SYNONYMS[text.toLowerCase()];
  return synonym === undefined
    ? writeNearest(span, text, SEVERITIES, 'severities')
    : write(span, synonym, `did you mean \`${synonym}\`?`);
}

const SYNONYMS: Readonly<Record<string, Severity>> = {
  error: 'high',
  warning: 'medium',
  warn: 'medium',
  major: 'high',
  minor: 'low',
  fatal: 'critical',
  p1: 'critical',
  p2: 'high',
  p3: 'medium',
};
