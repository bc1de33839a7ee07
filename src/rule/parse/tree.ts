/**
 * Makes the tree of ast.ts and file.ts out of the grammar's raw nodes: unchains lists, reads durations and numbers, sets places. Nothing is
 * checked here that needs the configuration.
 */
import type { AlertSpec, CompareOp, Condition } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type {
  Clause,
  DefaultsBlock,
  Entry,
  ReceiverClause,
  RuleBlock,
  SharedLet,
  WrittenStep,
} from '../file.ts';
import { formOf } from '../forms/forms.ts';
import type { Token } from './lexer.ts';
import type { BlockNode, ClauseNode, ConditionNode, EntryNode, LetNode, SpecNode, StepNode } from './node.ts';
import type { SourceText } from '../source-text.ts';
import { listOf, PartBuilder } from './tree-parts.ts';

export interface Tree<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Builds the tree of a `defaults` or `rule` block. `damaged`: clauses with errors were left out before parsing. */
export function buildBlock(
  source: SourceText,
  item: BlockNode,
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
          ...(item.title !== null && { title: builder.text(item.title) }),
          clauses,
          span,
          damaged,
        };
  return { value, diagnostics: builder.diagnostics };
}

/** Builds a `let` that lies outside of a rule. */
export function buildLet(source: SourceText, node: LetNode): Tree<SharedLet> {
  const builder = new Builder(source);
  const value = {
    name: builder.text(node.name),
    condition: builder.condition(node.condition),
    span: builder.span(node),
  };
  return { value, diagnostics: builder.diagnostics };
}

/** Builds the tree of a single condition. */
export function buildCondition(source: SourceText, node: ConditionNode): Condition {
  return new Builder(source).condition(node);
}

/** Builds the parts of one block. */
class Builder extends PartBuilder {
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

  /** The parts that every form has; the form itself reads the others. */
  spec(node: SpecNode): AlertSpec {
    const by = listOf(node.by?.fields ?? null).map((field) => this.name(field));
    return formOf(node).read(node, this, { by, span: this.span(node) });
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
          ...(node.duration !== undefined && { after: this.duration(node.duration) }),
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
      ...(node.target !== undefined && { target: this.text(node.target) }),
      span: this.span(node),
    };
  }

  step(node: StepNode): WrittenStep {
    const span = this.span(node);
    switch (node.kind) {
      case 'at':
        return {
          kind: 'at',
          at: this.duration(node.at),
          ...(node.times !== null && {
            times: { count: this.literal(node.times.times), every: this.duration(node.times.every) },
          }),
          event: listOf(node.event.entries ?? null).map((e) => this.entry(e)),
          span,
        };
      case 'expect':
        return {
          kind: 'expect',
          outcome: node.outcome.text as 'fire' | 'resolve',
          ...(node.moment !== null && { at: this.duration(node.moment.at) }),
          ...(node.group !== null && { group: listOf(node.group.entries ?? null).map((e) => this.entry(e)) }),
          span,
        };
      case 'expect_nothing':
        return {
          kind: 'expect_nothing',
          ...(node.later !== null && { after: this.duration(node.later.at) }),
          span,
        };
      case 'replay':
        return { kind: 'replay', path: this.text(node.path), span };
    }
  }
}
