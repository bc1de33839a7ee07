/** The form of a rule as the messages of one alert use it: the parts of sentences with their values, without any words yet. */
import type { Value } from '../../event/event.ts';
import type { AlertSpec, Comparison, Expr, FormKind, SpecOf } from '../../rule/ast.ts';
import type { Notice } from '../notice.ts';
import { visibleLine } from '../../event/visible.ts';

export type Form =
  /** A single count that reached its limit. */
  | { readonly kind: 'counted'; readonly limit: number }
  | { readonly kind: 'compared'; readonly comparisons: readonly Compared[] }
  | { readonly kind: 'not_followed_by'; readonly first: string; readonly then: string }
  | ({ readonly kind: 'then' } & Steps)
  | ({ readonly kind: 'all_of' } & Steps)
  | { readonly kind: 'stays'; readonly field: string; readonly value: string }
  /** `from`, `to` and `value` are absent if the log line that held them is gone. */
  | { readonly kind: 'changes'; readonly field: string; readonly from?: string; readonly to?: string }
  | { readonly kind: 'new'; readonly field: string; readonly value?: string }
  /** `what`: the condition that no line satisfied, as the rule's author wrote it. */
  | { readonly kind: 'nothing'; readonly what: string };

interface Steps {
  readonly steps: readonly string[];
  readonly until?: string;
}

/** A comparison of an aggregate. `measured`: the two values that were compared, if they were measured. */
export interface Compared {
  readonly left: Expr;
  readonly op: Comparison['op'];
  readonly right: Expr;
  readonly measured?: readonly [left: number, right: number];
  /** True if the rule writes percentages. */
  readonly isPercent: boolean;
}

/** The contract between a form of alert and its messages. */
interface MessageForm<Spec extends AlertSpec> {
  /** Returns the parts of the sentences about the alert of a notice. */
  parts(spec: Spec, notice: Notice): Form;
  /** Returns the values, by field, that every line of the group has. They are known even if the text of the line is gone. */
  known(spec: Spec): Readonly<Record<string, readonly string[]>>;
  /** Returns the alert clause as a notice keeps it. */
  kept(spec: Spec): Spec;
}

const plainForm = {
  known: () => ({}),
  kept: <Spec>(spec: Spec): Spec => spec,
} as const;

const FORMS: { readonly [Kind in FormKind]: MessageForm<SpecOf<Kind>> } = {
  aggregate: {
    ...plainForm,
    parts: (spec, { episode }) => ({ kind: 'compared', comparisons: comparedOf(spec, episode.measured) }),
  },
  not_followed_by: {
    ...plainForm,
    parts: ({ kind, first, then }) => ({ kind, first: readable(first), then: readable(then) }),
  },
  then: { ...plainForm, parts: (spec) => ({ kind: spec.kind, ...stepsOf(spec) }) },
  all_of: { ...plainForm, parts: (spec) => ({ kind: spec.kind, ...stepsOf(spec) }) },
  stays: {
    ...plainForm,
    parts: ({ kind, field, value }) => ({ kind, field: field.name, value: value.text }),
    known: ({ field, value }) => ({ [field.name]: [value.text] }),
  },
  changes: {
    ...plainForm,
    parts(spec, { samples }) {
      const field = spec.field.name;
      // If the line is gone, the value that the rule names is used.
      const from = saidOf(samples.at(-2), field) ?? spec.from?.text;
      const to = saidOf(samples.at(-1), field) ?? spec.to?.text;
      return {
        kind: spec.kind,
        field,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      };
    },
  },
  new: {
    ...plainForm,
    parts({ kind, field }, { samples }) {
      const value = saidOf(samples.at(-1), field.name);
      return { kind, field: field.name, ...(value !== undefined && { value }) };
    },
  },
  nothing: {
    ...plainForm,
    parts: ({ kind }, { rule }) => ({ kind, what: visibleLine(rule.whenText ?? '*', 120) }),
    // The groups that a list expects are left out. No message shows them, and there may be a million of them.
    kept: ({ expected: _expected, ...rest }) => rest,
  },
};

/** Returns undefined for a form that only a later version knows. Messages of such a version may still be stored. */
function messageForm({ kind }: AlertSpec): MessageForm<AlertSpec> | undefined {
  return FORMS[kind];
}

/** Returns undefined for a message that another version stored, without the form or with one that is unknown here. */
export function formOf(notice: Notice): Form | undefined {
  const { alert, threshold, windowMs } = notice.rule;
  if (threshold !== undefined && windowMs !== undefined) return { kind: 'counted', limit: threshold };
  return alert && messageForm(alert)?.parts(alert, notice);
}

/** Returns the values, by field, that every line of an alert's group has. They are known even if the text of the line is gone. */
export function knownOf(alert: AlertSpec): Readonly<Record<string, readonly string[]>> {
  return messageForm(alert)?.known(alert) ?? {};
}

/** Returns an alert clause as a notice keeps it. */
export function keptAlert(alert: AlertSpec): AlertSpec {
  return messageForm(alert)?.kept(alert) ?? alert;
}

function comparedOf(
  { comparisons }: SpecOf<'aggregate'>,
  measured: Notice['episode']['measured'],
): readonly Compared[] {
  return comparisons.map(({ left, op, right }, i) => ({
    left,
    op,
    right,
    ...(measured?.[i]?.every(Number.isFinite) === true && { measured: measured[i] }),
    isPercent: [left, right].some((side) => side.kind === 'number' && side.text.endsWith('%')),
  }));
}

function stepsOf({ steps, until }: SpecOf<'then'> | SpecOf<'all_of'>): Steps {
  return { steps: steps.map(readable), ...(until !== undefined && { until: readable(until) }) };
}

/** Returns the name of a condition as people read it. */
function readable({ name }: { readonly name: string }): string {
  return name.replaceAll('_', ' ');
}

function saidOf(sample: Notice['samples'][number] | undefined, field: string): string | undefined {
  const said: readonly Value[] = sample?.fields[field] ?? [];
  return said.length === 0 ? undefined : visibleLine(said.map(String).join(', '), 120);
}
