/**
 * A ratio has no value if its denominator counts nothing. `count(bad) / count(ok) > 1` is silent in a total outage, although it was written
 * for that case. The share of all events says the same, and also speaks in an outage.
 */
import { comparisonsOf, letsUsed } from '../alert-parts.ts';
import type { Comparison, Condition, Measure } from '../ast.ts';
import { alertOf, clausesOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import { implies } from '../implies.ts';
import type { Hint } from '../mending.ts';
import { printCondition, printExpr } from '../print.ts';
import type { RuleBlock } from '../file.ts';
import type { SharedLets } from '../shared-lets.ts';
import type { Lint } from './lint.ts';

export const lintRatio: Lint = ({ block, shared }, { schema }) => {
  const spec = alertOf(block);
  if (spec === undefined) return [];
  return comparisonsOf(spec).flatMap((comparison) => {
    const ratio = upwards(comparison);
    if (ratio === undefined) return [];
    const above = conditionOf(ratio.numerator, block);
    const below = conditionOf(ratio.denominator, block);
    if (above === undefined || below === undefined || implies(above, below, schema)) return [];
    return [
      warnAt(
        comparison.span,
        'TOC314',
        `this is blind where \`${printExpr(ratio.denominator)}\` is 0: however many \`${printExpr(ratio.numerator)}\` there are, it does not fire`,
        shareOfAll({ ...ratio, comparison, block, shared }, above, below),
      ),
    ];
  });
};

interface Upwards {
  readonly numerator: Measure;
  readonly denominator: Measure;
  readonly op: '>' | '>=';
  /** The number that the ratio must exceed; undefined if the other side is no number. */
  readonly limit: number | undefined;
}

/** Finds a ratio that must be large. A ratio that must be small loses nothing if it has no value. */
function upwards({ left, op, right }: Comparison): Upwards | undefined {
  if (left.kind === 'ratio' && (op === '>' || op === '>='))
    return { ...left, op, limit: right.kind === 'number' ? right.value : undefined };
  if (right.kind === 'ratio' && (op === '<' || op === '<='))
    return {
      ...right,
      op: op === '<' ? '>' : '>=',
      limit: left.kind === 'number' ? left.value : undefined,
    };
  return undefined;
}

/** Returns the condition of the events that a measure counts; undefined for a measure that calculates instead of counting. */
function conditionOf(measure: Measure, block: RuleBlock): Condition | undefined {
  if (measure.kind !== 'count') return undefined;
  const when = clausesOf(block, 'when')[0]?.condition;
  if (measure.of === undefined) return when;
  const named = clausesOf(block, 'let').find(({ name }) => name.text === measure.of!.name)?.condition;
  // With `when`, events that do not satisfy it do not exist for the rule.
  return named === undefined || when === undefined
    ? named
    : { kind: 'and', operands: [when, named], span: named.span };
}

interface Blind extends Upwards {
  readonly comparison: Comparison;
  readonly block: RuleBlock;
  readonly shared: SharedLets;
}

/** Returns the fix: bad / ok above r is bad / (bad or ok) above r / (1 + r). */
function shareOfAll(blind: Blind, above: Condition, below: Condition): Hint {
  const { numerator, denominator, op, limit, comparison, block, shared } = blind;
  const name = freeName(block, shared);
  const every = `let ${name} = (${printCondition(above)}) OR (${printCondition(below)})`;
  const share = limit === undefined || limit < 0 ? undefined : `${percentText(limit / (1 + limit))}%`;
  const text = `${printExpr(numerator)} / count(${name}) ${op} ${share ?? '…'}`;
  const place = letAlone(denominator, block);
  const words = `write it as a share of all: ${every}${place === undefined ? '' : ` in place of \`${printExpr(denominator)}\``}, and ${text}`;
  const alert = clausesOf(block, 'alert')[0];
  if (share === undefined || alert === undefined) return words;
  const { start, end } = comparison.span;
  const added =
    place === undefined
      ? { start: alert.span.start, end: alert.span.start, text: `${every}\n  ` }
      : { ...place, text: every };
  return { words, fixes: [[added, { start, end, text }]] };
}

/** Finds the clause of a `let` that only this measure uses. The fix would leave it unused. */
function letAlone(
  measure: Measure,
  block: RuleBlock,
): { readonly start: number; readonly end: number } | undefined {
  const spec = alertOf(block);
  if (measure.kind !== 'count' || measure.of === undefined || spec === undefined) return undefined;
  const { name } = measure.of;
  if (letsUsed(spec).filter((use) => use.name === name).length > 1) return undefined;
  const clause = clausesOf(block, 'let').find((each) => each.name.text === name);
  // Others may use one that the rule shares.
  if (clause === undefined || clause.span.file !== block.span.file) return undefined;
  return { start: clause.span.start, end: clause.span.end };
}

/** Returns `every`, or another name if that is taken. */
function freeName(block: RuleBlock, shared: SharedLets): string {
  const taken = new Set(clausesOf(block, 'let').map(({ name }) => name.text));
  let name = 'every';
  while (taken.has(name) || shared.get(name) !== undefined) name += '_one';
  return name;
}

/** Returns a percentage, rounded as a person would write it. */
function percentText(share: number): string {
  return String(Number((share * 100).toPrecision(4)));
}
