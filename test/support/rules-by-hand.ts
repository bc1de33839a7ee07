/** Rules for tests of the engine, built without the language: a spec and the few clauses that matter. */
import type { Field } from '../../src/event/event.ts';
import { windowOf } from '../../src/rule/alert-parts.ts';
import type { Comparison, CompareOp, Condition, Measure, Rule, Ruleset, Span } from '../../src/rule/ast.ts';

export const span: Span = {
  file: 'test.rule',
  start: 0,
  end: 0,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
};

const always: Condition = { kind: 'exists', field: { name: 'service', span }, span };

export type RuleClauses = Partial<
  Pick<
    Rule,
    | 'name'
    | 'from'
    | 'forMs'
    | 'resolveNever'
    | 'resolveAfterMs'
    | 'cooldownMs'
    | 'maxGroups'
    | 'meaning'
    | 'severity'
  >
>;

/** A rule around an alert spec. The meaning is the text of what was given, unless named. */
export function ruleOf(alert: Rule['alert'], clauses: RuleClauses = {}, hasWhen = true): Rule {
  const windowMs = windowOf(alert).ms;
  const { severity, meaning, ...meant } = clauses;
  return {
    name: 'a_rule',
    file: 'test.rule',
    span,
    severity: severity ?? 'medium',
    labels: {},
    from: [],
    lets: new Map(),
    ...(hasWhen && { when: always, whenText: 'service:*' }),
    alert,
    alertText: 'alert',
    forMs: 0,
    resolveNever: false,
    resolveAfterMs: windowMs,
    cooldownMs: 0,
    notify: [],
    maxGroups: 1_000_000,
    tests: [],
    meaning: meaning ?? JSON.stringify([alert, meant]),
    ...meant,
  };
}

export function countOf(name?: string): Measure {
  return name === undefined ? { kind: 'count', span } : { kind: 'count', of: { name, span }, span };
}

export function measureOf(kind: Exclude<Measure['kind'], 'count'>, field: string): Measure {
  return { kind, field: { name: field, span }, span };
}

export function comparison(
  left: Comparison['left'],
  op: CompareOp | '==',
  right: number | Comparison['right'],
): Comparison {
  const expr =
    typeof right === 'number'
      ? ({ kind: 'number', value: right, text: String(right), span } as const)
      : right;
  return { left, op, right: expr, span };
}

export function aggregate(
  comparisons: readonly Comparison[],
  withinMs: number,
  by: readonly string[] = ['service'],
): Extract<Rule['alert'], { kind: 'aggregate' }> {
  return {
    kind: 'aggregate',
    comparisons,
    within: { ms: withinMs, span },
    by: by.map((name) => ({ name, span })),
    span,
  };
}

/** `count >= atLeast within … by service`. */
export function countRule(atLeast: number, withinMs: number, clauses: RuleClauses = {}): Rule {
  return ruleOf(aggregate([comparison(countOf(), '>=', atLeast)], withinMs), clauses);
}

export function rulesetOf(...rules: readonly Rule[]): Ruleset {
  const fields: readonly Field[] = [
    { name: 'service', type: 'keyword', paths: ['service'] },
    { name: 'user', type: 'keyword', paths: ['user'] },
    { name: 'amount', type: 'double', paths: ['amount'] },
    { name: 'state', type: 'keyword', paths: ['state'] },
  ];
  return {
    rules,
    schema: { fields, byName: new Map(fields.map((field) => [field.name, field])), searchFields: [] },
  };
}
