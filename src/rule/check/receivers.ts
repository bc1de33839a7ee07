/** Checks that `notify` names receivers that exist. A rule that names none must be taken by a route. */
import type { RuleContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import type { RuleCheck } from './check.ts';
import { applying, clausesOf } from '../block.ts';
import { labelsOf } from './labels.ts';
import { isSeverity } from './severity.ts';

/** For rules and for defaults. */
export function checkReceivers(
  block: RuleBlock | DefaultsBlock,
  context: RuleContext,
): readonly Diagnostic[] {
  return clausesOf(block, 'notify')
    .flatMap((clause) => clause.receivers)
    .flatMap((receiver) => {
      const problem = context.receivers(receiver.channel.text, receiver.target?.text ?? '');
      return problem === undefined ? [] : [at(receiver.span, 'TOC208', problem.message, problem.fix)];
    });
}

export const checkRouted: RuleCheck = (rule, context) => {
  const severity = applying(rule, context.defaults, 'severity')?.value.text ?? 'medium';
  if (rule.damaged || !isSeverity(severity) || applying(rule, context.defaults, 'notify') !== undefined)
    return [];
  const owner = applying(rule, context.defaults, 'owner')?.value.text;
  const routed = context.routed({
    name: rule.name.text,
    severity,
    ...(owner !== undefined && { owner }),
    labels: labelsOf(rule, context.defaults),
  });
  if (routed) return [];
  return [
    at(
      rule.name.span,
      'TOC222',
      `nobody would be told: rule \`${rule.name.text}\` has no \`notify\`, and no route of tocsin.yaml takes it`,
      'add for instance: notify terminal, or a route without `match` as the last',
    ),
  ];
};
