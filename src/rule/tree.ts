/**
 * From the grammar's raw nodes to the tree of ast.ts and file.ts: lists are unchained, durations and numbers read, places
 * given. Nothing is checked here that needs the configuration.
 */
import type {
  AlertSpec,
  CompareOp,
  Comparison,
  Condition,
  Duration,
  Expr,
  FieldName,
  LetRef,
  Literal,
  Measure,
  Span,
} from './ast.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at } from './diagnostics.ts';
import { readDuration } from './duration.ts';
import type { Clause, DefaultsBlock, Entry, ReceiverClause, RuleBlock, Step, Text } from './file.ts';
import type { Token } from './lexer.ts';
import type {
  ClauseNode,
  ConditionNode,
  EntryNode,
  ExprNode,
  ItemNode,
  List,
  MeasureNode,
  SpecNode,
  StepNode,
} from './node.ts';
import type { SourceText } from './source-text.ts';
import { spanOf } from './source-text.ts';

export interface Tree<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Builds the tree of a `defaults` or `rule` block. `damaged`: clauses with errors were left out before parsing. */
export function buildBlock(
  source: SourceText,
  item: ItemNode,
  damaged: boolean,
): Tree<DefaultsBlock | RuleBlock> {
  const builder = new Builder(source);
  const clauses = listOf(item.clauses).map((clause) => builder.clause(clause));
  const span = builder.span(item);
  const value: DefaultsBlock | RuleBlock =
    item.kind === 'defaults'
      ? { kind: 'defaults', clauses, span }
      : {
          kind: 'rule',
          name: builder.text(item.name),
          ...(item.title === null ? {} : { title: builder.text(item.title) }),
          clauses,
          span,
          damaged,
        };
  return { value, diagnostics: builder.diagnostics };
}

/** Builds the tree of a condition on its own. */
export function buildCondition(source: SourceText, node: ConditionNode): Condition {
  return new Builder(source).condition(node);
}

function listOf<T>(list: List<T> | null): T[] {
  const items: T[] = [];
  for (let link = list; link !== null; link = link.before) items.push(link.item);
  return items.reverse();
}

const LITERALS = { string: 'string', number: 'number', prefix: 'prefix' } as const;

/** One block's construction: the text that places refer to, and what was found wrong on the way. */
class Builder {
  readonly #source: SourceText;
  readonly diagnostics: Diagnostic[] = [];

  constructor(source: SourceText) {
    this.#source = source;
  }

  span(node: { readonly start: number; readonly end: number }): Span {
    return spanOf(this.#source, node.start, node.end);
  }

  text(token: Token): Text {
    return { text: token.value, quoted: token.type === 'string', span: this.span(token) };
  }

  name(token: Token): FieldName & LetRef {
    return { name: token.value, span: this.span(token) };
  }

  literal(token: Token): Literal {
    const kind = token.type in LITERALS ? LITERALS[token.type as keyof typeof LITERALS] : 'word';
    return { kind, text: token.value, span: this.span(token) };
  }

  duration(token: Token): Duration {
    const span = this.span(token);
    const read = readDuration(token.text);
    if (typeof read === 'number') return { ms: read, text: token.text, span };
    this.diagnostics.push(at(span, 'TOC117', read.problem, read.fix));
    return { ms: 1, span };
  }

  condition(node: ConditionNode): Condition {
    const span = this.span(node);
    switch (node.kind) {
      case 'group':
        return this.condition(node.condition);
      case 'and':
      case 'or':
        return {
          kind: node.kind,
          operands: listOf(node.operands).map((operand) => this.condition(operand)),
          span,
        };
      case 'not':
        return { kind: 'not', operand: this.condition(node.operand), span };
      case 'value':
        return { kind: 'value', value: this.literal(node.value), span };
      case 'field': {
        const values = node.value === undefined ? listOf(node.values ?? null) : [node.value];
        return {
          kind: 'field',
          field: this.name(node.field),
          values: values.map((value) => this.literal(value)),
          span,
        };
      }
      case 'exists':
        return { kind: 'exists', field: this.name(node.field), span };
      case 'compare':
        return {
          kind: 'compare',
          field: this.name(node.field),
          op: node.op.text as CompareOp,
          value: this.literal(node.value),
          span,
        };
    }
  }

  entry(node: EntryNode): Entry {
    return { key: this.text(node.key), value: this.literal(node.value) };
  }

  clause(node: ClauseNode): Clause {
    const span = this.span(node);
    switch (node.kind) {
      case 'severity':
      case 'owner':
        return { kind: node.kind, value: this.text(node.value), span };
      case 'labels':
        return {
          kind: 'labels',
          entries: listOf(node.object.entries ?? null).map((e) => this.entry(e)),
          span,
        };
      case 'from':
        return { kind: 'from', sources: listOf(node.sources).map((name) => this.text(name)), span };
      case 'let':
        return { kind: 'let', name: this.text(node.name), condition: this.condition(node.condition), span };
      case 'when':
        return { kind: 'when', condition: this.condition(node.condition), span };
      case 'alert':
        return { kind: 'alert', spec: this.spec(node.spec), span };
      case 'for':
      case 'cooldown':
        return { kind: node.kind, duration: this.duration(node.duration), span };
      case 'resolve':
        return {
          kind: 'resolve',
          ...(node.duration === undefined ? {} : { after: this.duration(node.duration) }),
          span,
        };
      case 'notify':
        return { kind: 'notify', receivers: listOf(node.receivers).map((r) => this.receiver(r)), span };
      case 'runbook':
        return { kind: 'runbook', path: this.text(node.path), span };
      case 'max_groups':
        return { kind: 'max_groups', value: this.literal(node.value), span };
      case 'test':
        return {
          kind: 'test',
          name: this.text(node.name),
          steps: listOf(node.steps).map((step) => this.step(step)),
          span,
        };
    }
  }

  receiver(node: { start: number; end: number; channel: Token; target?: Token }): ReceiverClause {
    return {
      channel: this.text(node.channel),
      ...(node.target === undefined ? {} : { target: this.text(node.target) }),
      span: this.span(node),
    };
  }

  step(node: StepNode): Step {
    const span = this.span(node);
    switch (node.kind) {
      case 'at':
        return {
          kind: 'at',
          at: this.duration(node.at),
          ...(node.times === null
            ? {}
            : { times: { count: this.literal(node.times.times), every: this.duration(node.times.every) } }),
          event: listOf(node.event.entries ?? null).map((e) => this.entry(e)),
          span,
        };
      case 'expect':
        return {
          kind: 'expect',
          outcome: node.outcome.text as 'fire' | 'resolve',
          ...(node.moment === null ? {} : { at: this.duration(node.moment.at) }),
          ...(node.group === null
            ? {}
            : { group: listOf(node.group.entries ?? null).map((e) => this.entry(e)) }),
          span,
        };
      case 'expect_nothing':
        return {
          kind: 'expect_nothing',
          ...(node.later === null ? {} : { after: this.duration(node.later.at) }),
          span,
        };
      case 'replay':
        return { kind: 'replay', path: this.text(node.path), span };
    }
  }

  spec(node: SpecNode): AlertSpec {
    const span = this.span(node);
    const by = listOf(node.by?.fields ?? null).map((field) => this.name(field));
    const until = 'until' in node && node.until !== null ? { until: this.name(node.until.name) } : {};
    const seen =
      'seen' in node && node.seen !== null ? { seenWithin: this.duration(node.seen.duration) } : {};
    switch (node.kind) {
      case 'aggregate': {
        const comparisons = listOf(node.comparisons).map((c) => this.comparison(c));
        return {
          kind: 'aggregate',
          comparisons,
          within: this.duration(node.within.duration),
          by,
          ...seen,
          span,
        };
      }
      case 'not_followed_by':
        return {
          kind: 'not_followed_by',
          first: this.name(node.first),
          then: this.name(node.then),
          within: this.duration(node.within.duration),
          by,
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
      case 'nothing': {
        const expected =
          node.expected === null
            ? {}
            : {
                expected: {
                  field: this.name(node.expected.field),
                  file: node.expected.path.value,
                  span: this.span(node.expected.path),
                },
              };
        return { kind: 'nothing', during: this.duration(node.during), by, ...seen, ...expected, span };
      }
    }
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
