/** The alert form of a rule out of the grammar's nodes. */
import type { AlertSpec, Comparison, Expr, Measure } from '../ast.ts';
import type { Token } from './lexer.ts';
import type { ExprNode, MeasureNode, SpecNode } from './node.ts';
import { listOf, PartBuilder } from './tree-parts.ts';

type ExpectedNode = NonNullable<Extract<SpecNode, { kind: 'nothing' }>['expected']>;
type Expected = NonNullable<Extract<AlertSpec, { kind: 'nothing' }>['expected']>;

export class SpecBuilder extends PartBuilder {
  spec(node: SpecNode): AlertSpec {
    const span = this.span(node);
    const by = listOf(node.by?.fields ?? null).map((field) => this.name(field));
    const until = 'until' in node && node.until !== null ? { until: this.name(node.until.name) } : {};
    const seen =
      'seen' in node && node.seen !== null ? { seenWithin: this.duration(node.seen.duration) } : {};
    switch (node.kind) {
      case 'aggregate':
        return {
          kind: 'aggregate',
          comparisons: listOf(node.comparisons).map((c) => this.comparison(c)),
          within: this.duration(node.within.duration),
          by,
          ...seen,
          span,
        };
      case 'not_followed_by':
        return {
          kind: 'not_followed_by',
          first: this.name(node.first),
          then: this.name(node.then),
          within: this.duration(node.within.duration),
          by,
          ...(node.skew === null ? {} : { skew: this.duration(node.skew.duration) }),
          span,
        };
      case 'then':
      case 'all_of': {
        const steps = listOf(node.steps).map((step) => this.name(step));
        return { kind: node.kind, steps, within: this.duration(node.within.duration), by, ...until, span };
      }
      case 'stays':
        return {
          kind: 'stays',
          field: this.name(node.field),
          value: this.literal(node.value),
          during: this.duration(node.during),
          by,
          span,
        };
      case 'changes':
        return {
          kind: 'changes',
          field: this.name(node.field),
          ...('type' in node.from ? { from: this.literal(node.from) } : {}),
          ...('type' in node.to ? { to: this.literal(node.to) } : {}),
          within: this.duration(node.within.duration),
          by,
          span,
        };
      case 'new':
        return {
          kind: 'new',
          field: this.name(node.field),
          within: this.duration(node.within.duration),
          by,
          span,
        };
      case 'nothing':
        return {
          kind: 'nothing',
          during: this.duration(node.during),
          by,
          ...seen,
          ...(node.expected === null ? {} : { expected: this.#expected(node.expected) }),
          span,
        };
    }
  }

  #expected(node: ExpectedNode): Expected {
    return { field: this.name(node.field), file: node.path.value, span: this.span(node.path) };
  }

  comparison(node: { start: number; end: number; left: ExprNode; op: Token; right: ExprNode }): Comparison {
    return {
      left: this.expr(node.left),
      op: node.op.text as Comparison['op'],
      right: this.expr(node.right),
      span: this.span(node),
    };
  }

  expr(node: ExprNode): Expr {
    const span = this.span(node);
    switch (node.kind) {
      case 'count':
      case 'measure':
        return this.measure(node);
      case 'number': {
        const text = node.value.text;
        const value = text.endsWith('%') ? percent(text) : Number(text);
        return { kind: 'number', value, text, span };
      }
      case 'ratio':
        return {
          kind: 'ratio',
          numerator: this.measure(node.numerator),
          denominator: this.measure(node.denominator),
          span,
        };
      case 'baseline': {
        const factorText = node.factor.text;
        const over = this.duration(node.over);
        return { kind: 'baseline', factor: Number(factorText), factorText, over, span };
      }
    }
  }

  measure(node: MeasureNode): Measure {
    const span = this.span(node);
    if (node.kind === 'measure')
      return {
        kind: node.name.text as Exclude<Measure['kind'], 'count'>,
        field: this.name(node.field),
        span,
      };
    return { kind: 'count', ...(node.of === undefined ? {} : { of: this.name(node.of) }), span };
  }
}

/** 5% is exactly what 0.05 is: the decimal point moves in the text, not in floating point. */
function percent(text: string): number {
  return Number(`${text.slice(0, -1)}e-2`);
}
