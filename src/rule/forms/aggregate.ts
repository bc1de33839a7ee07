/** `EXPR CMP EXPR and … within D seen within S`. */
import { durationText } from '../../event/duration.ts';
import type { JsonValue } from '../../event/event.ts';
import type { Comparison, Expr, SpecOf } from '../ast.ts';
import { WINDOW_EVENTS_MAX } from '../bounds.ts';
import { at, type Diagnostic } from '../diagnostics.ts';
import type { ComparisonNode, List, SpanNode, SpecNode } from '../parse/node.ts';
import { comparisonOf } from '../parse/tree-expr.ts';
import { listOf } from '../parse/tree-parts.ts';
import { printDuration, printExpr } from '../print.ts';
import { checkComparisons } from './check-comparisons.ts';
import {
  GROUP_BYTES,
  plainForm,
  type AlertField,
  type AlertForm,
  type MeaningWriter,
  type Say,
} from './form.ts';
import { baselineSpans, emptyWindowSatisfies, growsWithEvents, measuresOf, sidesOf } from './measures.ts';
import { checkSeenWithin, printSeenWithin, zeroSpan } from './spans.ts';

interface Node extends SpecNode {
  readonly comparisons: List<ComparisonNode>;
  readonly within: SpanNode;
  readonly seen: SpanNode | null;
}

type Spec = SpecOf<'aggregate'>;

export const aggregateForm: AlertForm<Spec> = {
  ...plainForm,
  title: 'a comparison',
  read: ({ comparisons, within, seen }: Node, parts, common) => ({
    kind: 'aggregate',
    comparisons: listOf(comparisons).map((comparison) => comparisonOf(comparison, parts)),
    within: parts.duration(within.duration),
    ...(seen !== null && { seenWithin: parts.duration(seen.duration) }),
    ...common,
  }),
  print: ({ comparisons, within, seenWithin }, by) =>
    `${comparisons.map(printComparison).join(' and ')} within ${printDuration(within)}${by}${printSeenWithin(seenWithin)}`,
  meaning: ({ comparisons, within, seenWithin }, by, writer) => [
    comparisons.map(({ left, op, right }) => [exprMeaning(left, writer), op, exprMeaning(right, writer)]),
    within.ms,
    by,
    seenWithin?.ms ?? null,
  ],
  lets: ({ comparisons }) =>
    measuresOf(comparisons).flatMap((m) => (m.kind === 'count' && m.of !== undefined ? [m.of] : [])),
  fields: ({ comparisons }) =>
    measuresOf(comparisons).flatMap((measure): readonly AlertField[] =>
      measure.kind === 'count'
        ? []
        : [{ field: measure.field, role: measure.kind === 'distinct' ? 'value' : 'number' }],
    ),
  comparisons: ({ comparisons }) => comparisons,
  window: ({ within }) => within,
  furtherBack: ({ comparisons }) => baselineSpans(comparisons),
  resolveAfterMs: ({ within }) => within.ms,
  takesFor: true,
  silenceSatisfies: ({ comparisons }) => emptyWindowSatisfies(comparisons),
  growsWithLines: ({ comparisons }) => comparisons.every(growsWithEvents),
  needsBy: false,
  needsWhen({ comparisons }) {
    const bare = measuresOf(comparisons).find((m) => m.kind !== 'count' || m.of === undefined);
    return bare && { what: `\`${bare.kind}\``, span: bare.span };
  },
  letUse: (name) => `use it as count(${name})`,
  check: (spec) => [
    ...checkComparisons(spec.comparisons, spec.within.ms),
    ...zeroSpan(spec.seenWithin),
    ...checkSeen(spec),
  ],
  prose: {
    en: (spec, say) => `${compared(spec, say)} within ${say.span}`,
    zh: (spec, say) => `${say.span}内${compared(spec, say)}`,
  },
  memory: {
    en: (spec, span) => [
      `the time of every matching event of the last ${span}, and what is measured of it`,
      ...overs(spec).map((over) => `the measure of each earlier window of the last ${over}`),
    ],
    zh: (spec, span) => [
      `最近 ${span} 内每个匹配事件的时间及所测的值`,
      ...overs(spec).map((over) => `最近 ${over} 内此前每个窗口的测值`),
    ],
  },
  stateSize({ comparisons }) {
    const isMeasured = sidesOf(comparisons).some(
      ({ kind }) => kind !== 'count' && kind !== 'number' && kind !== 'ratio',
    );
    return {
      groupBytes: GROUP_BYTES + 12,
      eventBytes: isMeasured ? 112 : 15,
      eventsMax: WINDOW_EVENTS_MAX,
    };
  },
};

function printComparison({ left, op, right }: Comparison): string {
  return `${printExpr(left)} ${op} ${printExpr(right)}`;
}

function exprMeaning(expr: Expr, writer: MeaningWriter): JsonValue {
  if ('field' in expr) return [expr.kind, writer.field(expr.field.name)];
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'ratio':
      return ['ratio', exprMeaning(expr.numerator, writer), exprMeaning(expr.denominator, writer)];
    case 'baseline':
      return ['baseline', expr.factor, expr.over.ms];
    case 'count':
      return expr.of === undefined ? ['count'] : ['count', writer.let(expr.of)];
  }
}

function checkSeen(spec: Spec): Diagnostic[] {
  if (emptyWindowSatisfies(spec.comparisons)) return checkSeenWithin(spec, spec.within, 'the window');
  if (spec.seenWithin === undefined) return [];
  return [
    at(
      spec.seenWithin.span,
      'TOC224',
      '`seen within` is for what silence can satisfy, as `nothing` and `count < 3`; this needs events anyway',
      'leave it out',
    ),
  ];
}

function compared({ comparisons }: Spec, { words, expr }: Say): string {
  return comparisons
    .map(({ left, op, right }) => words.compares[op](expr(left), expr(right)))
    .join(words.and);
}

/** Returns each span once, in words. */
function overs({ comparisons }: Spec): readonly string[] {
  return [...new Set(baselineSpans(comparisons).map(({ ms }) => durationText(ms)))];
}
