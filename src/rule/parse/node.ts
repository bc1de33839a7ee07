/** The raw nodes that the grammar's postprocessors (grammar/rule.ne) make. Only the reading of a tree sees them: tree.ts and the forms. */
import type { FormKind } from '../ast.ts';
import type { Token } from './lexer.ts';

export interface NodePlace {
  readonly start: number;
  readonly end: number;
}

/** A list from its last item to its first. */
export interface List<T> extends NodePlace {
  readonly before: List<T> | null;
  readonly item: T;
}

export type BlockNode = NodePlace & { readonly clauses: List<ClauseNode> | null } & (
    | { readonly kind: 'defaults' }
    | { readonly kind: 'rule'; readonly name: Token; readonly title: Token | null }
  );

export type LetNode = NodePlace & {
  readonly kind: 'let';
  readonly name: Token;
  readonly condition: ConditionNode;
};

export type ItemNode = BlockNode | LetNode;

export type ClauseNode =
  | LetNode
  | (NodePlace &
      (
        | { readonly kind: 'severity' | 'owner'; readonly value: Token }
        | { readonly kind: 'labels'; readonly object: ObjectNode }
        | { readonly kind: 'from'; readonly sources: List<Token> }
        | { readonly kind: 'when'; readonly condition: ConditionNode }
        | { readonly kind: 'alert'; readonly spec: SpecNode }
        | { readonly kind: 'for' | 'cooldown'; readonly duration: Token }
        | { readonly kind: 'resolve'; readonly duration?: Token }
        | {
            readonly kind: 'notify';
            readonly receivers: List<NodePlace & { readonly channel: Token; readonly target?: Token }>;
          }
        | { readonly kind: 'runbook'; readonly path: Token }
        | { readonly kind: 'max_groups'; readonly value: Token }
        | { readonly kind: 'test'; readonly name: Token; readonly steps: List<StepNode> | null }
      ));

interface ObjectNode extends NodePlace {
  readonly entries?: List<EntryNode>;
}

export interface EntryNode extends NodePlace {
  readonly key: Token;
  readonly value: Token;
}

export type StepNode = NodePlace &
  (
    | {
        readonly kind: 'at';
        readonly at: Token;
        readonly times: { readonly times: Token; readonly every: Token } | null;
        readonly event: ObjectNode;
      }
    | {
        readonly kind: 'expect';
        readonly outcome: Token;
        readonly moment: { readonly at: Token } | null;
        readonly group: ObjectNode | null;
      }
    | { readonly kind: 'expect_nothing'; readonly later: { readonly at: Token } | null }
    | { readonly kind: 'replay'; readonly path: Token }
  );

export interface SpanNode {
  readonly duration: Token;
}

/** An alert clause. The other parts of a node are declared where its form is read (forms/FORM.ts). */
export interface SpecNode extends NodePlace {
  readonly kind: FormKind;
  readonly by: { readonly fields: List<Token> } | null;
}

export interface ComparisonNode extends NodePlace {
  readonly left: ExprNode;
  readonly op: Token;
  readonly right: ExprNode;
}

export type MeasureNode = NodePlace &
  (
    | { readonly kind: 'count'; readonly of?: Token }
    | { readonly kind: 'measure'; readonly name: Token; readonly field: Token }
  );

export type ExprNode =
  | MeasureNode
  | (NodePlace &
      (
        | { readonly kind: 'number'; readonly value: Token }
        | { readonly kind: 'ratio'; readonly numerator: MeasureNode; readonly denominator: MeasureNode }
        | { readonly kind: 'baseline'; readonly factor: Token; readonly over: Token }
      ));

export type ConditionNode = NodePlace &
  (
    | { readonly kind: 'group'; readonly condition: ConditionNode }
    | { readonly kind: 'and' | 'or'; readonly operands: List<ConditionNode> }
    | { readonly kind: 'not'; readonly operand: ConditionNode }
    | { readonly kind: 'value'; readonly value: Token }
    | {
        readonly kind: 'field';
        readonly field: Token;
        readonly value?: Token;
        readonly values?: List<Token>;
      }
    | { readonly kind: 'exists'; readonly field: Token }
    | { readonly kind: 'compare'; readonly field: Token; readonly op: Token; readonly value: Token }
  );
