/** The raw nodes that the grammar's postprocessors (grammar/rule.ne) make: what lies between nearley and tree.ts, nowhere else. */
import type { Token } from './lexer.ts';

interface Place {
  readonly start: number;
  readonly end: number;
}

/** A list from its last item to its first. */
export interface List<T> extends Place {
  readonly before: List<T> | null;
  readonly item: T;
}

export type ItemNode = Place & { readonly clauses: List<ClauseNode> | null } & (
    | { readonly kind: 'defaults' }
    | { readonly kind: 'rule'; readonly name: Token; readonly title: Token | null }
  );

export type ClauseNode = Place &
  (
    | { readonly kind: 'severity' | 'owner'; readonly value: Token }
    | { readonly kind: 'labels'; readonly object: ObjectNode }
    | { readonly kind: 'from'; readonly sources: List<Token> }
    | { readonly kind: 'let'; readonly name: Token; readonly condition: ConditionNode }
    | { readonly kind: 'when'; readonly condition: ConditionNode }
    | { readonly kind: 'alert'; readonly spec: SpecNode }
    | { readonly kind: 'for' | 'cooldown'; readonly duration: Token }
    | { readonly kind: 'resolve'; readonly duration?: Token }
    | {
        readonly kind: 'notify';
        readonly receivers: List<Place & { readonly channel: Token; readonly target?: Token }>;
      }
    | { readonly kind: 'runbook'; readonly path: Token }
    | { readonly kind: 'max_groups'; readonly value: Token }
    | { readonly kind: 'test'; readonly name: Token; readonly steps: List<StepNode> | null }
  );

interface ObjectNode extends Place {
  readonly entries?: List<EntryNode>;
}

export interface EntryNode extends Place {
  readonly key: Token;
  readonly value: Token;
}

export type StepNode = Place &
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

interface WithinNode {
  readonly duration: Token;
}

export type SpecNode = Place & { readonly by: { readonly fields: List<Token> } | null } & (
    | {
        readonly kind: 'aggregate';
        readonly comparisons: List<Place & { left: ExprNode; op: Token; right: ExprNode }>;
        readonly within: WithinNode;
        readonly seen: WithinNode | null;
      }
    | {
        readonly kind: 'not_followed_by';
        readonly first: Token;
        readonly then: Token;
        readonly within: WithinNode;
        readonly skew: WithinNode | null;
      }
    | {
        readonly kind: 'then' | 'all_of';
        readonly steps: List<Token>;
        readonly within: WithinNode;
        readonly until: { readonly name: Token } | null;
      }
    | { readonly kind: 'stays'; readonly field: Token; readonly value: Token; readonly during: Token }
    | {
        readonly kind: 'changes';
        readonly field: Token;
        readonly from: Token | (Place & { readonly kind: 'any' });
        readonly to: Token | (Place & { readonly kind: 'any' });
        readonly within: WithinNode;
      }
    | { readonly kind: 'new'; readonly field: Token; readonly within: WithinNode }
    | {
        readonly kind: 'nothing';
        readonly during: Token;
        readonly seen: WithinNode | null;
        readonly expected: { readonly field: Token; readonly path: Token } | null;
      }
  );

export type MeasureNode = Place &
  (
    | { readonly kind: 'count'; readonly of?: Token }
    | { readonly kind: 'measure'; readonly name: Token; readonly field: Token }
  );

export type ExprNode =
  | MeasureNode
  | (Place &
      (
        | { readonly kind: 'number'; readonly value: Token }
        | { readonly kind: 'ratio'; readonly numerator: MeasureNode; readonly denominator: MeasureNode }
        | { readonly kind: 'baseline'; readonly factor: Token; readonly over: Token }
      ));

export type ConditionNode = Place &
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
