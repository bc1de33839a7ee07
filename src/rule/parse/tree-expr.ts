/** Makes comparisons and their expressions out of the grammar's nodes. */
import type { Comparison, Expr, Measure } from '../ast.ts';
import type { ComparisonNode, ExprNode, MeasureNode } from './node.ts';
import type { PartBuilder } from './tree-parts.ts';

export function comparisonOf(node: ComparisonNode, parts: PartBuilder): Comparison {
  return {
    left: exprOf(node.left, parts),
    op: node.op.text as Comparison['op'],
    right: exprOf(node.right, parts),
    span: parts.span(node),
  };
}

function exprOf(node: ExprNode, parts: PartBuilder): Expr {
  const span = parts.span(node);
  switch (node.kind) {
    case 'count':
    case 'measure':
      return measureOf(node, parts);
    case 'number': {
      const text = node.value.text;
      const value = text.endsWith('%') ? percent(text) : Number(text);
      return { kind: 'number', value, text, span };
    }
    case 'ratio':
      return {
        kind: 'ratio',
        numerator: measureOf(node.numerator, parts),
        denominator: measureOf(node.denominator, parts),
        span,
      };
    case 'baseline': {
      const factorText = node.factor.text;
      const over = parts.duration(node.over);
      return { kind: 'baseline', factor: Number(factorText), factorText, over, span };
    }
  }
}

function measureOf(node: MeasureNode, parts: PartBuilder): Measure {
  const span = parts.span(node);
  if (node.kind === 'measure')
    return {
      kind: node.name.text as Exclude<Measure['kind'], 'count'>,
      field: parts.name(node.field),
      span,
    };
  return { kind: 'count', ...(node.of !== undefined && { of: parts.name(node.of) }), span };
}

/** Reads a percentage: 5% is exactly 0.05. The decimal point moves in the text, not in floating point. */
function percent(text: string): number {
  return Number(`${text.slice(0, -1)}e-2`);
}
