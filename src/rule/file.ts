/**
 * The tree of a rule file as it is written: clauses in their order, without defaults, unchecked. `parse` makes it; the checks, the printer
 * and `resolve` read it.
 */
import type { AlertSpec, Condition, Duration, Literal, Span } from './ast.ts';

/** A name or a text as written, with its place. */
export interface Text {
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

export interface Entry {
  readonly key: Text;
  readonly value: Literal;
}

export interface ReceiverClause {
  readonly channel: Text;
  readonly target?: Text;
  readonly span: Span;
}

/** A step of an inline test. */
export type WrittenStep =
  | {
      readonly kind: 'at';
      readonly at: Duration;
      readonly times?: { readonly count: Literal; readonly every: Duration };
      readonly event: readonly Entry[];
      readonly span: Span;
    }
  | {
      readonly kind: 'expect';
      readonly outcome: 'fire' | 'resolve';
      readonly at?: Duration;
      readonly group?: readonly Entry[];
      readonly span: Span;
    }
  | { readonly kind: 'expect_nothing'; readonly after?: Duration; readonly span: Span }
  | { readonly kind: 'replay'; readonly path: Text; readonly span: Span };

export type Clause =
  | { readonly kind: 'severity'; readonly value: Text; readonly span: Span }
  | { readonly kind: 'owner'; readonly value: Text; readonly span: Span }
  | { readonly kind: 'labels'; readonly entries: readonly Entry[]; readonly span: Span }
  | { readonly kind: 'from'; readonly sources: readonly Text[]; readonly span: Span }
  | { readonly kind: 'let'; readonly name: Text; readonly condition: Condition; readonly span: Span }
  | { readonly kind: 'when'; readonly condition: Condition; readonly span: Span }
  | { readonly kind: 'alert'; readonly spec: AlertSpec; readonly span: Span }
  | { readonly kind: 'for'; readonly duration: Duration; readonly span: Span }
  | { readonly kind: 'cooldown'; readonly duration: Duration; readonly span: Span }
  /** Without a duration: `resolve never`. */
  | { readonly kind: 'resolve'; readonly after?: Duration; readonly span: Span }
  | { readonly kind: 'notify'; readonly receivers: readonly ReceiverClause[]; readonly span: Span }
  | { readonly kind: 'runbook'; readonly path: Text; readonly span: Span }
  | { readonly kind: 'max_groups'; readonly value: Literal; readonly span: Span }
  | {
      readonly kind: 'test';
      readonly name: Text;
      readonly steps: readonly WrittenStep[];
      readonly span: Span;
    };

export interface DefaultsBlock {
  readonly kind: 'defaults';
  readonly clauses: readonly Clause[];
  readonly span: Span;
}

export interface RuleBlock {
  readonly kind: 'rule';
  readonly name: Text;
  readonly title?: Text;
  readonly clauses: readonly Clause[];
  readonly span: Span;
  /** True if clauses with syntax errors are missing from the block: such a clause must not be reported as forgotten. */
  readonly damaged: boolean;
}

/** A `let` that lies outside of a rule: rules share it. */
export interface SharedLet {
  readonly name: Text;
  /** Absent if it could not be read. */
  readonly condition?: Condition;
  readonly span: Span;
}

export interface FileComment {
  readonly text: string;
  readonly span: Span;
}

export interface RuleFile {
  readonly file: string;
  /** In the order of the text. */
  readonly blocks: readonly (DefaultsBlock | RuleBlock)[];
  /** In the order of the text. */
  readonly lets: readonly SharedLet[];
  readonly comments: readonly FileComment[];
}
