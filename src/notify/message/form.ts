/** What the form of a rule says of one alert: the parts that its sentences are made of, values filled in, nothing worded yet. */
import type { Value } from '../../event/event.ts';
import type { AlertSpec, Comparison, Expr } from '../../rule/ast.ts';
import type { Notice } from '../notice.ts';
import { visibleLine } from '../../event/visible.ts';

export type Form =
  /** A count alone that reached its limit. */
  | { readonly kind: 'counted'; readonly limit: number }
  | { readonly kind: 'compared'; readonly comparisons: readonly Compared[] }
  | { readonly kind: 'not_followed_by'; readonly first: string; readonly then: string }
  | ({ readonly kind: 'then' } & Steps)
  | ({ readonly kind: 'all_of' } & Steps)
  | { readonly kind: 'stays'; readonly field: string; readonly value: string }
  /** Values are absent where the line that said them is no longer at hand. */
  | { readonly kind: 'changes'; readonly field: string; readonly from?: string; readonly to?: string }
  | { readonly kind: 'new'; readonly field: string; readonly value?: string }
  /** `what`: the condition that no line satisfied, as the rule's author wrote it. */
  | { readonly kind: 'nothing'; readonly what: string };

interface Steps {
  readonly steps: readonly string[];
  readonly until?: string;
}

/** A comparison of an aggregate and, where it was measured, what it was made with. */
export interface Compared {
  readonly left: Expr;
  readonly op: Comparison['op'];
  readonly right: Expr;
  readonly measured?: readonly [left: number, right: number];
  /** The rule writes shares of a hundred. */
  readonly isPercent: boolean;
}

/** Undefined for a message that an earlier version stored without the form. */
export function formOf({ rule, episode, samples }: Notice): Form | undefined {
  if (rule.threshold !== undefined && rule.windowMs !== undefined)
    return { kind: 'counted', limit: rule.threshold };
  const { alert } = rule;
  switch (alert?.kind) {
    case undefined:
      return undefined;
    case 'aggregate':
      return { kind: 'compared', comparisons: comparedOf(alert, episode.measured) };
    case 'not_followed_by':
      return { kind: alert.kind, first: readable(alert.first), then: readable(alert.then) };
    case 'then':
    case 'all_of': {
      const until = alert.until && { until: readable(alert.until) };
      return { kind: alert.kind, steps: alert.steps.map(readable), ...until };
    }
    case 'stays':
      return { kind: alert.kind, field: alert.field.name, value: alert.value.text };
    case 'changes': {
      const field = alert.field.name;
      // A name of the rule stands in for a line that is gone.
      const from = saidOf(samples.at(-2), field) ?? alert.from?.text;
      const to = saidOf(samples.at(-1), field) ?? alert.to?.text;
      return {
        kind: alert.kind,
        field,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      };
    }
    case 'new': {
      const value = saidOf(samples.at(-1), alert.field.name);
      return { kind: alert.kind, field: alert.field.name, ...(value !== undefined && { value }) };
    }
    case 'nothing':
      return { kind: alert.kind, what: visibleLine(rule.whenText ?? '*', 120) };
  }
}

type Aggregate = Extract<AlertSpec, { kind: 'aggregate' }>;

function comparedOf(
  { comparisons }: Aggregate,
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

/** The name of a condition as people read it. */
function readable({ name }: { readonly name: string }): string {
  return name.replaceAll('_', ' ');
}

function saidOf(sample: Notice['samples'][number] | undefined, field: string): string | undefined {
  const said: readonly Value[] = sample?.fields[field] ?? [];
  return said.length === 0 ? undefined : visibleLine(said.map(String).join(', '), 120);
}
