/**
 * The contract of a form of alert with the language: how it is read and written, checked, put into words, and how much it keeps.
 * Each form has one descriptor (FORM.ts beside this file); forms.ts has all of them. The operator that evaluates a form is in
 * detect/forms, the sentences of messages are in notify/message.
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
  /** Its name in a sentence, words of the language in backticks. */
  readonly title: string;
  /** `node`: what the grammar makes of this form; `common`: the parts of it that every form has. */
  read(node: SpecNode, parts: PartBuilder, common: CommonParts): Spec;
  /** The clause without the word `alert`. `by`: the text ` by …` that goes into it, empty without groups. */
  print(spec: Spec, by: string): string;
  /** All that decides which events fire when: a rule whose meaning changed starts anew. `by`: the groups. */
  meaning(spec: Spec, by: JsonValue, writer: MeaningWriter): readonly JsonValue[];

  /** Every use of a `let`, `until` included, in the order of the text. */
  lets(spec: Spec): readonly LetRef[];
  /** Every field that it names beside those of `by`, with the part that it plays. */
  fields(spec: Spec): readonly AlertField[];
  /** The values that it looks for in a field. */
  values(spec: Spec): readonly { readonly field: FieldName; readonly value: Literal }[];
  comparisons(spec: Spec): readonly Comparison[];
  /** The groups that are known before anything is heard of them; none until the rule is resolved. */
  expected(spec: Spec): readonly Value[];
  /** The same with the content of the files that it names. */
  filled(spec: Spec, schema: Schema, lists: NamedFiles | undefined): Spec;

  /** The span that it looks at. */
  window(spec: Spec): Duration;
  /** Spans over which it looks back from the begin of its window. They overlap, so the longest counts. */
  furtherBack(spec: Spec): readonly Duration[];
  /** How long quiet (ms) resolves it unless the rule says otherwise; 0: quiet does not. */
  resolveAfterMs(spec: Spec): number;
  /** Each firing is an event of its own, whatever the rule says of `resolve`. */
  readonly isEvent: boolean;
  /** Why `resolve after` has no place beside it; absent where it has. */
  readonly noResolveAfter?: string;
  /** `for` may say how long it must hold. */
  readonly takesFor: boolean;
  /** A window without events can satisfy it, as `count < 3`. */
  silenceSatisfies(spec: Spec): boolean;
  /** Further lines can only add alerts, and never show that one is false. */
  growsWithLines(spec: Spec): boolean;

  readonly needsBy: boolean;
  /** It works on its lets alone. */
  readonly ignoresWhen: boolean;
  /** The part that works on events of `when`; undefined where all parts name a let. Absent: the whole form. */
  needsWhen?(spec: Spec): { readonly what: string; readonly span: Span } | undefined;
  /** How a let of this name is used. */
  letUse(name: string): string;
  /** Findings about its own parts. Unknown lets, fields and values are found by the checks of all forms. */
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

/** Writes the meaning of parts of a rule. It notes each field that is named, since its declaration is part of the meaning. */
export interface MeaningWriter {
  /** The name itself. */
  field(name: string): string;
  /** A value in the form in which it is compared with the field. */
  literal(field: string, literal: Literal): JsonValue;
  /** A let by what it says, so that its name does not count. */
  let(ref: LetRef): JsonValue;
}

/** The condition under which it fires, as a part of a sentence; the groups are added to it. */
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

/** The state that it keeps of a group, and for how long; each text is a part of a sentence. `span`: its window. */
interface Memory<Spec> {
  en(spec: Spec, span: string): readonly string[];
  zh(spec: Spec, span: string): readonly string[];
}

/**
 * Memory that the state of a rule takes, about: for people who set `max_groups`. This folder cannot see the detector, so a test
 * (detect/bounds.test.ts) compares the numbers with those that the detector reports.
 */
interface StateSize {
  /** A group without its events; its key has some 20 characters. */
  readonly groupBytes: number;
  /** An event, or for `new` a value; 0 where a group keeps a fixed number. */
  readonly eventBytes: number;
  /** The most events or values that a group keeps; absent where it keeps a fixed number. */
  readonly eventsMax?: number;
}

/** A group's key, its place in the table and in the order, its timer. */
export const GROUP_BYTES = 64;
/** An event of which a group keeps a fixed number. */
export const KEPT_EVENT_BYTES = 12;

export const WEEK_MS = 7 * 86_400_000;

/** Properties that most forms have in common. A form says only where it differs. */
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
