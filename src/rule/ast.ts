/**
 * Conditions, alert forms and the resolved rule. `parse` makes the tree of a file (file.ts) out of them. The checks (one per file in
 * check/) compare the tree with the configuration. `resolve` turns a checked rule into a `Rule` with defaults applied; match, detect and
 * notify see nothing else.
 */
import type { Severity } from '../event/alert.ts';
import type { Schema, Value } from '../event/event.ts';
import type { Receiver } from '../event/receiver.ts';

/** Half-open range of a source text: UTF-16 offsets, and the 1-based line and column (in characters) of its start and end. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A value as it stands in a condition. */
export interface Literal {
  /** string: quoted. word: unquoted (one token). number: unquoted number, `text` as written. prefix: `word*`, text without `*`. */
  readonly kind: 'string' | 'word' | 'number' | 'prefix';
  readonly text: string;
  readonly span: Span;
}

export interface FieldName {
  readonly name: string;
  readonly span: Span;
}

export type CompareOp = '>' | '>=' | '<' | '<=';

export type Condition =
  | { readonly kind: 'and'; readonly operands: readonly Condition[]; readonly span: Span }
  | { readonly kind: 'or'; readonly operands: readonly Condition[]; readonly span: Span }
  | { readonly kind: 'not'; readonly operand: Condition; readonly span: Span }
  /** A value without a field: looked up in the schema's search fields. */
  | { readonly kind: 'value'; readonly value: Literal; readonly span: Span }
  /** `f:value` (one value) and `f:(a OR b)`. */
  | {
      readonly kind: 'field';
      readonly field: FieldName;
      readonly values: readonly Literal[];
      readonly span: Span;
    }
  | { readonly kind: 'exists'; readonly field: FieldName; readonly span: Span }
  | {
      readonly kind: 'compare';
      readonly field: FieldName;
      readonly op: CompareOp;
      readonly value: Literal;
      readonly span: Span;
    };

/** A name of a `let`, used in `alert`. */
export interface LetRef {
  readonly name: string;
  readonly span: Span;
}

export interface Duration {
  readonly ms: number;
  /** The text as written. */
  readonly text?: string;
  readonly span: Span;
}

type Percentile = 'p50' | 'p90' | 'p95' | 'p99';

export type Measure =
  | { readonly kind: 'count'; readonly of?: LetRef; readonly span: Span }
  | {
      readonly kind: 'distinct' | 'sum' | 'avg' | 'min' | 'max' | Percentile;
      readonly field: FieldName;
      readonly span: Span;
    };

export type Expr =
  | Measure
  | { readonly kind: 'number'; readonly value: number; readonly text: string; readonly span: Span }
  | {
      readonly kind: 'ratio';
      readonly numerator: Measure;
      readonly denominator: Measure;
      readonly span: Span;
    }
  | {
      readonly kind: 'baseline';
      readonly factor: number;
      readonly factorText: string;
      readonly over: Duration;
      readonly span: Span;
    };

export interface Comparison {
  readonly left: Expr;
  readonly op: CompareOp | '==';
  readonly right: Expr;
  readonly span: Span;
}

interface StepsSpec {
  readonly steps: readonly LetRef[];
  readonly within: Duration;
  readonly by: readonly FieldName[];
  readonly until?: LetRef;
  readonly span: Span;
}

/** An alert clause, one variant for each form. The descriptor of a form (forms/FORM.ts) has everything that is peculiar to the form. */
export type AlertSpec =
  | {
      readonly kind: 'aggregate';
      readonly comparisons: readonly Comparison[];
      readonly within: Duration;
      readonly by: readonly FieldName[];
      readonly seenWithin?: Duration;
      readonly span: Span;
    }
  | {
      readonly kind: 'not_followed_by';
      readonly first: LetRef;
      readonly then: LetRef;
      readonly within: Duration;
      readonly by: readonly FieldName[];
      /** How far the clocks of the two sides may differ: an answer that comes up to so long before the first event counts too. Absent: 0. */
      readonly skew?: Duration;
      readonly span: Span;
    }
  | ({ readonly kind: 'then' } & StepsSpec)
  | ({ readonly kind: 'all_of' } & StepsSpec)
  | {
      readonly kind: 'stays';
      readonly field: FieldName;
      readonly value: Literal;
      readonly during: Duration;
      readonly by: readonly FieldName[];
      readonly span: Span;
    }
  | {
      readonly kind: 'changes';
      readonly field: FieldName;
      /** Undefined stands for `*`. */
      readonly from?: Literal;
      readonly to?: Literal;
      readonly within: Duration;
      readonly by: readonly FieldName[];
      readonly span: Span;
    }
  | {
      readonly kind: 'new';
      readonly field: FieldName;
      readonly within: Duration;
      readonly by: readonly FieldName[];
      readonly span: Span;
    }
  | {
      readonly kind: 'nothing';
      readonly during: Duration;
      readonly by: readonly FieldName[];
      readonly seenWithin?: Duration;
      /** `expected FIELD in "file"`. `values`: the values that the file lists; absent until the rule is resolved. */
      readonly expected?: {
        readonly field: FieldName;
        readonly file: string;
        readonly values?: readonly Value[];
        readonly span: Span;
      };
      readonly span: Span;
    };

export type FormKind = AlertSpec['kind'];

export type SpecOf<Kind extends FormKind> = Extract<AlertSpec, { readonly kind: Kind }>;

/** A receiver as `notify` names it: `slack:"#c"`, `dingtalk:robot`, `email:"a@b"`, `webhook:name`, `terminal`. */
interface ReceiverRef extends Receiver {
  readonly span?: Span;
}

/** A field and its value as a test writes them down. */
export interface TestEntry {
  readonly field: FieldName;
  readonly value: Literal;
}

/** A step of an inline test; times are ms since the test's beginning (2000-01-01T00:00Z). */
export type TestStep =
  /** `at D x N every D {…}`; without `x`, it happens once. */
  | {
      readonly kind: 'at';
      readonly atMs: number;
      readonly times: number;
      readonly everyMs: number;
      readonly event: readonly TestEntry[];
      readonly span: Span;
    }
  | {
      readonly kind: 'expect';
      readonly outcome: 'fire' | 'resolve';
      /** Absent: at any time. */
      readonly atMs?: number;
      /** Fields that are not named may have any value. */
      readonly group?: readonly TestEntry[];
      readonly span: Span;
    }
  /** Expects no firing (or none later than `afterMs`). */
  | {
      readonly kind: 'expect';
      readonly outcome: 'nothing';
      readonly afterMs?: number;
      readonly span: Span;
    }
  /** The path is relative to the rules folder. */
  | { readonly kind: 'replay'; readonly path: string; readonly span: Span };

/** `test "name" { steps }`. */
export interface RuleTest {
  readonly name: string;
  readonly steps: readonly TestStep[];
  readonly span: Span;
}

/** A rule that passed every check, defaults applied. */
export interface Rule {
  readonly name: string;
  readonly title?: string;
  readonly file: string;
  readonly span: Span;
  readonly severity: Severity;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Sources by name; empty: all. */
  readonly from: readonly string[];
  readonly lets: ReadonlyMap<string, Condition>;
  readonly when?: Condition;
  readonly whenText?: string;
  readonly alert: AlertSpec;
  readonly alertText: string;
  readonly forMs: number;
  /** True if each firing is an event of its own (`resolve never`, or a form that fires on an event). */
  readonly resolveNever: boolean;
  /** Quiet of this length resolves the alert: as written, else the form's default. 0 if quiet never resolves it (events, `nothing`). */
  readonly resolveAfterMs: number;
  readonly cooldownMs: number;
  /** Empty: the routing tree of the configuration decides. */
  readonly notify: readonly ReceiverRef[];
  /** Path relative to the rules folder. */
  readonly runbook?: string;
  readonly maxGroups: number;
  /** In the order of the text. The tests are no part of the meaning. */
  readonly tests: readonly RuleTest[];
  /** Hash of the meaning (semantics: Ends): conditions with lets inlined, form, grouping, times, from, fields used, search fields. */
  readonly meaning: string;
}

/** The rules of a folder that run together. */
export interface Ruleset {
  readonly rules: readonly Rule[];
  readonly schema: Schema;
}
