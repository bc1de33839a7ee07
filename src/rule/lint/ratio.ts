/**
 * A ratio has no value where nothing is counted below the line: `count(bad) / count(ok) > 1` is silent in a total outage, for which
 * it was written. The share of all says the same, and says it then too.
 */
import type { Comparison, Condition, Measure } from '../ast.ts';
import { alertOf, clausesOf } from '../block.ts';
import { warnAt } from '../diagnostics.ts';
import { implies } from '../implies.ts';
import { printCondition, printExpr } from '../print.ts';
import type { RuleBlock } from '../file.ts';
import type { Lint } from './lint.ts';

export const lintRatio: Lint = ({ block }, { schema }) => {
  const spec = alertOf(block);
  if (spec?.kind !== 'aggregate') return [];
  return spec.comparisons.flatMap((comparison) => {
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
        shareOfAll(ratio, above, below),
      ),
    ];
  });
};

interface Upwards {
  readonly numerator: Measure;
  readonly denominator: Measure;
  readonly op: '>' | '>=';
  /** What the ratio is to exceed; undefined where it is no number. */
  readonly limit: number | undefined;
}

/** A ratio that is to be large. One that is to be small loses nothing where it has no value. */
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

/** Which events a measure counts; undefined for what it does not count but calculates. */
function conditionOf(measure: Measure, block: RuleBlock): Condition | undefined {
  if (measure.kind !== 'count') return undefined;
  const when = clausesOf(block, 'when')[0]?.condition;
  if (measure.of === undefined) return when;
  const named = clausesOf(block, 'let').find(({ name }) => name.text === measure.of!.name)?.condition;
  // With `when`, what does not match it does not exist for the rule.
  return named === undefined || when === undefined
    ? named
    : { kind: 'and', operands: [when, named], span: named.span };
}

/** The fix: bad / ok above r is bad / (bad or ok) above r / (1 + r). */
function shareOfAll({ numerator, op, limit }: Upwards, above: Condition, below: Condition): string {
  const every = `let every = (${printCondition(above)}) OR (${printCondition(below)})`;
  const share = limit === undefined || limit < 0 ? '…' : `${percentText(limit / (1 + limit))}%`;
  return `write it as a share of all: ${every}, and ${printExpr(numerator)} / count(every) ${op} ${share}`;
}

/** Rounded to what a person writes. */
function percentText(share: number): string {
  return String(Number((share * 100).toPrecision(4)));
}
