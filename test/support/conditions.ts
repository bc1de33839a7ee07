/** Conditions, rules and events made by hand, for tests of what comes after the parser and the decoder. */
import type { Field, JsonObject, LogEvent, Timeliness } from '../../src/event/event.ts';
import { fieldValue } from '../../src/event/field-value.ts';
import type {
  AlertSpec,
  CompareOp,
  Condition,
  FieldName,
  Literal,
  Measure,
  Rule,
  Span,
} from '../../src/rule/ast.ts';

export const span: Span = {
  file: 'test.rule',
  start: 0,
  end: 0,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
};

export const fieldName = (name: string): FieldName => ({ name, span });
export const literal = (text: string, kind: Literal['kind'] = 'string'): Literal => ({ kind, text, span });
export const prefix = (text: string): Literal => literal(text, 'prefix');

const literalOf = (value: string | Literal): Literal => (typeof value === 'string' ? literal(value) : value);

export const value = (wanted: string | Literal): Condition => ({
  kind: 'value',
  value: literalOf(wanted),
  span,
});
export const field = (name: string, ...values: readonly (string | Literal)[]): Condition => ({
  kind: 'field',
  field: fieldName(name),
  values: values.map(literalOf),
  span,
});
export const exists = (name: string): Condition => ({ kind: 'exists', field: fieldName(name), span });
export const compare = (name: string, op: CompareOp, limit: string): Condition => ({
  kind: 'compare',
  field: fieldName(name),
  op,
  value: literal(limit, 'number'),
  span,
});
export const and = (...operands: readonly Condition[]): Condition => ({ kind: 'and', operands, span });
export const or = (...operands: readonly Condition[]): Condition => ({ kind: 'or', operands, span });
export const not = (operand: Condition): Condition => ({ kind: 'not', operand, span });

/** `count(of) >= 5 within 5m by …`. */
export function countAlert(by: readonly string[], of?: string): AlertSpec {
  const measure: Measure =
    of === undefined ? { kind: 'count', span } : { kind: 'count', of: { name: of, span }, span };
  return {
    kind: 'aggregate',
    comparisons: [{ left: measure, op: '>=', right: { kind: 'number', value: 5, text: '5', span }, span }],
    within: { ms: 300_000, span },
    by: by.map(fieldName),
    span,
  };
}

/** A rule with defaults applied; `when` absent where only lets count. */
export function ruleOf(name: string, more: Partial<Rule>): Rule {
  return {
    name,
    file: span.file,
    span,
    severity: 'medium',
    labels: {},
    from: [],
    lets: new Map(),
    alert: countAlert([]),
    alertText: '',
    forMs: 0,
    resolveNever: false,
    resolveAfterMs: 300_000,
    cooldownMs: 0,
    notify: [],
    maxGroups: 1_000_000,
    tests: [],
    meaning: name,
    ...more,
  };
}

/** An event of a document, as a decoder would give it. */
export function eventOf(document: JsonObject, timeliness: Timeliness = 'in_time', offset = 0): LogEvent {
  return {
    position: { source: 'orders', partition: 0, offset },
    timeMs: 1_000 + offset,
    timeInferred: false,
    timeliness,
    line: JSON.stringify(document),
    document,
    values: (wanted: Field) => fieldValue(wanted, { document }).values,
  };
}
