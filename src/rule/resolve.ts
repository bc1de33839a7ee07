/** Makes the rule that runs of a checked block: applies the defaults of the file and of the language, and hashes its meaning. */
import { printSpec } from './alert-parts.ts';
import type { Rule, RuleTest, TestEntry, TestStep } from './ast.ts';
import { applying, clausesOf, type ClauseOf } from './block.ts';
import { labelsOf } from './check/labels.ts';
import { isSeverity } from './check/severity.ts';
import type { RuleContext } from './context.ts';
import type { NamedFiles } from './folder.ts';
import { formOf } from './forms/forms.ts';
import type { DefaultsBlock, Entry, RuleBlock, WrittenStep } from './file.ts';
import { meaningOf } from './meaning.ts';
import { printCondition } from './print.ts';

const GROUPS_MAX_DEFAULT = 1_000_000;

/** Returns the rule of a block without errors. */
export function resolveRule(
  block: RuleBlock,
  defaults: DefaultsBlock | undefined,
  context: RuleContext,
  lists?: NamedFiles,
): Rule {
  const spec = clausesOf(block, 'alert')[0]?.spec;
  if (spec === undefined) throw new Error(`rule ${block.name.text} was not checked: it has no alert clause`);
  const form = formOf(spec);
  const alert = form.filled(spec, context.schema, lists);
  const severity = applying(block, defaults, 'severity')?.value.text ?? 'medium';
  const owner = applying(block, defaults, 'owner')?.value.text;
  const when = clausesOf(block, 'when')[0]?.condition;
  const runbook = applying(block, defaults, 'runbook')?.path.text;
  const resolve = applying(block, defaults, 'resolve');
  const resolveNever = form.isEvent || (resolve !== undefined && resolve.after === undefined);
  const rule: Omit<Rule, 'meaning'> = {
    name: block.name.text,
    ...(block.title !== undefined && { title: block.title.text }),
    file: block.span.file,
    span: block.span,
    severity: isSeverity(severity) ? severity : 'medium',
    ...(owner !== undefined && { owner }),
    labels: labelsOf(block, defaults),
    from: (applying(block, defaults, 'from')?.sources ?? []).map((source) => source.text),
    lets: new Map(clausesOf(block, 'let').map(({ name, condition }) => [name.text, condition])),
    ...(when !== undefined && { when, whenText: printCondition(when) }),
    alert,
    alertText: printSpec(alert),
    forMs: applying(block, defaults, 'for')?.duration.ms ?? 0,
    resolveNever,
    resolveAfterMs: resolveNever ? 0 : (resolve?.after?.ms ?? form.resolveAfterMs(alert)),
    cooldownMs: applying(block, defaults, 'cooldown')?.duration.ms ?? 0,
    notify: (applying(block, defaults, 'notify')?.receivers ?? []).map(({ channel, target, span }) => ({
      channel: channel.text,
      target: target?.text ?? '',
      span,
    })),
    ...(runbook !== undefined && { runbook }),
    maxGroups: Number(applying(block, defaults, 'max_groups')?.value.text ?? GROUPS_MAX_DEFAULT),
    tests: clausesOf(block, 'test').map(resolveTest),
  };
  return { ...rule, meaning: meaningOf(rule, context) };
}

function resolveTest({ name, steps, span }: ClauseOf<'test'>): RuleTest {
  return { name: name.text, steps: steps.map(resolveStep), span };
}

function resolveStep(step: WrittenStep): TestStep {
  const { span } = step;
  switch (step.kind) {
    case 'at':
      return {
        kind: 'at',
        atMs: step.at.ms,
        times: Number(step.times?.count.text ?? 1),
        everyMs: step.times?.every.ms ?? 0,
        event: step.event.map(testEntry),
        span,
      };
    case 'expect':
      return {
        kind: 'expect',
        outcome: step.outcome,
        ...(step.at !== undefined && { atMs: step.at.ms }),
        ...(step.group !== undefined && { group: step.group.map(testEntry) }),
        span,
      };
    case 'expect_nothing':
      return {
        kind: 'expect',
        outcome: 'nothing',
        ...(step.after !== undefined && { afterMs: step.after.ms }),
        span,
      };
    case 'replay':
      return { kind: 'replay', path: step.path.text, span };
  }
}

function testEntry({ key, value }: Entry): TestEntry {
  return { field: { name: key.text, span: key.span }, value };
}
