/**
 * The contract of an alert form with the language: how it is read and written, checked, put into words, and how much it keeps. Each form
 * has one descriptor (FORM.ts beside this file); forms.ts lists them all. The operator that evaluates a form is in detect/forms. The
 * sentences of messages are in notify/message.
 */
import type { JsonValue, Schema, Value } from '../../event/event.ts';
import type { AlertSpec, Comparison, Duration, Expr, FieldName, LetRef, Literal, Span } from '../ast.ts';
import type { CheckContext } from '../check/check.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { Words } from '../explain/prose-words.ts';
import type { NamedFiles } from '../folder.ts';
import type { SpecNode } from '../parse/node.ts';
import type { PartBuilder } from '../parse/tree-parts.ts';

export interface AlertForm<Spec extends AlertSpec> {
  /** Its name in a sentence, with words of the language in backticks. */
  readonly title: string;
  /** Reads the clause. `node`: the node that the grammar makes of this form. `common`: the parts of it that every form has. */
  read(node: SpecNode, parts: PartBuilder, common: CommonParts): Spec;
  /** Prints the clause without the word `alert`. `by`: the text ` by …` that goes into it, empty without groups. */
  print(spec: Spec, by: string): string;
  /** Returns everything that decides which events fire when: a rule whose meaning changed starts anew. `by`: the groups. */
  meaning(spec: Spec, by: JsonValue, writer: MeaningWriter): readonly JsonValue[];

  /** Returns every use of a `let`, `until` included, in the order of the text. */
  lets(spec: Spec): readonly LetRef[];
  /** Returns every field that the form names beside those of `by`, with the part that it plays. */
  fields(spec: Spec): readonly AlertField[];
  /** Returns the values that the form looks for in a field. */
  values(spec: Spec): readonly { readonly field: FieldName; readonly value: Literal }[];
  comparisons(spec: Spec): readonly Comparison[];
  /** Returns the groups that are known before any event comes; none until the rule is resolved. */
  expected(spec: Spec): readonly Value[];
  /** Returns the clause with the content of the files that it names. */
  filled(spec: Spec, schema: Schema, lists: NamedFiles | undefined): Spec;

  /** Returns the span that the form looks at. */
  window(spec: Spec): Duration;
  /** Returns the spans over which it looks back from the begin of its window. They overlap, so the longest counts. */
  furtherBack(spec: Spec): readonly Duration[];
  /** Returns the length of quiet (ms) that resolves the alert unless the rule says otherwise; 0: quiet does not resolve it. */
  resolveAfterMs(spec: Spec): number;
  /** True if each firing is an event of its own, whatever the rule says of `resolve`. */
  readonly isEvent: boolean;
  /** Why `resolve after` must not stand beside it; absent if it may. */
  readonly noResolveAfter?: string;
  /** True if `for` may say how long the form must hold. */
  readonly takesFor: boolean;
  /** Returns true if a window without events can satisfy it, as in `count < 3`. */
  silenceSatisfies(spec: Spec): boolean;
  /** Returns true if further lines can only add alerts, and never show that one is false. */
  growsWithLines(spec: Spec): boolean;

  readonly needsBy: boolean;
  /** True if the form works on its lets alone. */
  readonly ignoresWhen: boolean;
  /** Returns the part that works on events of `when`; undefined if all parts name a let. Absent: the whole form works on `when`. */
  needsWhen?(spec: Spec): { readonly what: string; readonly span: Span } | undefined;
  /** Says how a let of this name is used. */
  letUse(name: string): string;
  /** Returns findings about the form's own parts. The checks of all forms find unknown lets, fields and values. */
  check(spec: Spec, context: CheckContext): readonly Diagnostic[];

  readonly prose: Prose<Spec>;
  readonly memory: Memory<Spec>;
  stateSize(spec: Spec): StateSize;
}

type CommonParts = Pick<AlertSpec, 'by' | 'span'>;

export interface AlertField {
  readonly field: FieldName;
  readonly role: 'by' | 'number' | 'value';
}

/** Writes the meaning of parts of a rule. It records each field that is named, since its declaration is part of the meaning. */
export interface MeaningWriter {
  /** Returns the name itself. */
  field(name: string): string;
  /** Returns a value in the form in which it is compared with the field. */
  literal(field: string, literal: Literal): JsonValue;
  /** Returns the condition of a let, so that its name does not count. */
  let(ref: LetRef): JsonValue;
}

/** The condition under which the form fires, as a part of a sentence; the groups are added to it. */
interface Prose<Spec> {
  en(spec: Spec, say: Say): string;
  zh(spec: Spec, say: Say): string;
}

export interface Say {
  readonly words: Words;
  /** Its window. */
  readonly span: string;
  readonly duration: (duration: Duration) => string;
  readonly named: (name: LetRef) => string;
  readonly expr: (expr: Expr) => string;
}

/** The state that the form keeps of a group, and for how long. Each text is a part of a sentence. `span`: its window. */
interface Memory<Spec> {
  en(spec: Spec, span: string): readonly string[];
  zh(spec: Spec, span: string): readonly string[];
}

/**
 * Approximate memory of the state of a rule, for people who set `max_groups`. This folder cannot see the detector. So a test
 * (detect/bounds.test.ts) compares these numbers with those that the detector reports.
 */
interface StateSize {
  /** A group without its events, with a key of about 20 characters. */
  readonly groupBytes: number;
  /** An event, or a value for `new`; 0 if a group keeps a fixed number. */
  readonly eventBytes: number;
  /** Greatest number of events or values of a group; absent if a group keeps a fixed number. */
  readonly eventsMax?: number;
}

/** A group's key, its place in the table and in the order, and its timer. */
export const GROUP_BYTES = 64;
/** One event, in a form whose groups keep a fixed number of them. */
export const KEPT_EVENT_BYTES = 12;

export const WEEK_MS = 7 * 86_400_000;

/** The properties that most forms have in common. A form names only those in which it differs. */
export const plainForm = {
  lets: () => [],
  fields: () => [],
  values: () => [],
  comparisons: () => [],
  expected: () => [],
  filled: <Spec>(spec: Spec): Spec => spec,
  furtherBack: () => [],
  isEvent: false,
  takesFor: false,
  silenceSatisfies: () => false,
  growsWithLines: () => false,
  needsBy: true,
  ignoresWhen: false,
  letUse: () => 'use it in `alert`',
  check: () => [],
} as const;
