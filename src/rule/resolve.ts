/** From a checked block to the rule that runs: defaults of the file and of the language applied, its meaning hashed. */
import type { Field, Value } from '../event/event.ts';
import { literalValue } from '../event/field-value.ts';
import type { FileText } from '../event/text-file.ts';
import type { AlertSpec, Rule, RuleTest, TestEntry, TestStep } from './ast.ts';
import { applying, clausesOf, type ClauseOf } from './block.ts';
import { labelsOf } from './check/labels.ts';
import { isSeverity } from './check/severity.ts';
import type { RuleContext } from './context.ts';
import type { NamedFiles } from './folder.ts';
import type { DefaultsBlock, Entry, RuleBlock, Step } from './file.ts';
import { meaningOf } from './meaning.ts';
import { printCondition, printSpec } from './print.ts';

const WEEK_MS = 7 * 86_400_000;
const DEFAULT_MAX_GROUPS = 1_000_000;

/** The rule of a block without errors. */
export function resolveRule(
  block: RuleBlock,
  defaults: DefaultsBlock | undefined,
  context: RuleContext,
  lists?: NamedFiles,
): Rule {
  const spec = clausesOf(block, 'alert')[0]?.spec;
  const alert = spec === undefined ? undefined : withExpected(spec, context, lists);
  if (alert === undefined) throw new Error(`rule ${block.name.text} was not checked: it has no alert clause`);
  const severity = applying(block, defaults, 'severity')?.value.text ?? 'medium';
  const owner = applying(block, defaults, 'owner')?.value.text;
  const when = clausesOf(block, 'when')[0]?.condition;
  const runbook = applying(block, defaults, 'runbook')?.path.text;
  const resolve = applying(block, defaults, 'resolve');
  const resolveNever =
    alert.kind === 'changes' ||
    alert.kind === 'new' ||
    (resolve !== undefined && resolve.after === undefined);
  const rule: Omit<Rule, 'meaning'> = {
    name: block.name.text,
    ...(block.title === undefined ? {} : { title: block.title.text }),
    file: block.span.file,
    span: block.span,
    severity: isSeverity(severity) ? severity : 'medium',
    ...(owner === undefined ? {} : { owner }),
    labels: labelsOf(block, defaults),
    from: (applying(block, defaults, 'from')?.sources ?? []).map((source) => source.text),
    lets: new Map(clausesOf(block, 'let').map(({ name, condition }) => [name.text, condition])),
    ...(when === undefined ? {} : { when, whenText: printCondition(when) }),
    alert,
    alertText: printSpec(alert),
    forMs: applying(block, defaults, 'for')?.duration.ms ?? 0,
    resolveNever,
    resolveAfterMs: resolveNever ? 0 : (resolve?.after?.ms ?? defaultResolveMs(alert)),
    cooldownMs: applying(block, defaults, 'cooldown')?.duration.ms ?? 0,
    notify: (applying(block, defaults, 'notify')?.receivers ?? []).map(({ channel, target, span }) => ({
      channel: channel.text,
      target: target?.text ?? '',
      span,
    })),
    ...(runbook === undefined ? {} : { runbook }),
    maxGroups: Number(applying(block, defaults, 'max_groups')?.value.text ?? DEFAULT_MAX_GROUPS),
    tests: clausesOf(block, 'test').map(resolveTest),
  };
  return { ...rule, meaning: meaningOf(rule, context) };
}

/** With the groups that `expected` lists: a value a line, without those that the field cannot hold. */
function withExpected(spec: AlertSpec, { schema }: RuleContext, lists: NamedFiles | undefined): AlertSpec {
  if (spec.kind !== 'nothing' || spec.expected === undefined || lists === undefined) return spec;
  const field = schema.byName.get(spec.expected.field.name);
  const list = lists.read(spec.expected.file, 'list');
  const values = field === undefined || !('text' in list) ? [] : valuesIn(list, field);
  return { ...spec, expected: { ...spec.expected, values } };
}

/** Thousands of rules may name one list, which may be of any length that is read. */
const known = new WeakMap<FileText, Map<Field, readonly Value[]>>();

function valuesIn(list: FileText, field: Field): readonly Value[] {
  const ofList = known.get(list) ?? new Map<Field, readonly Value[]>();
  known.set(list, ofList);
  let values = ofList.get(field);
  if (values === undefined) ofList.set(field, (values = listedValues(list, field)));
  return values;
}

function listedValues({ text }: FileText, field: Field): readonly Value[] {
  const values = new Set<Value>();
  for (let from = 0; from < text.length;) {
    const lineEnd = text.indexOf('\n', from);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(from, end).trim();
    const value = line === '' || line.startsWith('#') ? undefined : literalValue(field, line);
    if (value !== undefined) values.add(value);
    from = end + 1;
  }
  return [...values];
}

/** How long quiet resolves each form unless the rule says so (semantics); 0: quiet does not. */
function defaultResolveMs(alert: AlertSpec): number {
  switch (alert.kind) {
    case 'aggregate':
    case 'then':
      return alert.within.ms;
    case 'not_followed_by':
    case 'all_of':
    case 'stays':
      return WEEK_MS;
    case 'changes':
    case 'new':
    case 'nothing':
      return 0;
  }
}

function resolveTest({ name, steps, span }: ClauseOf<'test'>): RuleTest {
  return { name: name.text, steps: steps.map(resolveStep), span };
}

function resolveStep(step: Step): TestStep {
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
        ...(step.at === undefined ? {} : { atMs: step.at.ms }),
        ...(step.group === undefined ? {} : { group: step.group.map(testEntry) }),
        span,
      };
    case 'expect_nothing':
      return {
        kind: 'expect',
        outcome: 'nothing',
        ...(step.after === undefined ? {} : { afterMs: step.after.ms }),
        span,
      };
    case 'replay':
      return { kind: 'replay', path: step.path.text, span };
  }
}

function testEntry({ key, value }: Entry): TestEntry {
  return { field: { name: key.text, span: key.span }, value };
}
