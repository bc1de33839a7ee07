/**
 * What a form of alert says of itself to the language: how it is read and written, what is wrong with it, what it means, which words
 * it is put into and what it keeps. One descriptor a form (FORM.ts beside this), all of them in forms.ts. How it is evaluated is
 * detect's (detect/forms), what messages say of it is notify's (notify/message).
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
  /** What people call it, as a sentence names it. */
  readonly title: string;
  /** `node`: what the grammar makes of this form; `common`: the parts of it that every form has. */
  read(node: SpecNode, parts: PartBuilder, common: CommonParts): Spec;
  /** The clause without the word `alert`; ` by …` stands in it as given, which is empty without groups. */
  print(spec: Spec, by: string): string;
  /** Whatever can change which events fire when; a rule whose meaning changed starts anew. `by`: the groups. */
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
  /** With what files beside the rules say. */
  filled(spec: Spec, schema: Schema, lists: NamedFiles | undefined): Spec;

  /** The span that it looks at. */
  window(spec: Spec): Duration;
  /** Spans over which it looks back from the begin of its window; the longest of them counts. */
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
  /** What is wrong with its own parts, beside names, fields and values that are unknown. */
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

/** What a rule means, written field by field: what a field is declared as counts too. */
export interface MeaningWriter {
  /** The name itself. */
  field(name: string): string;
  /** A value in the form in which it is compared with the field. */
  literal(field: string, literal: Literal): JsonValue;
  /** A let by what it says, so that its name does not count. */
  let(ref: LetRef): JsonValue;
}

/** What it does, as a part of a sentence; the groups are said for it. */
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

/** What is kept of each group and for how long. `span`: its window. */
interface Memory<Spec> {
  en(spec: Spec, span: string): readonly string[];
  zh(spec: Spec, span: string): readonly string[];
}

/**
 * What the state of a rule takes in memory, about: for people who set `max_groups`. Held to what the engine reports by a test
 * (detect/bounds.test.ts), since this folder cannot see the engine.
 */
interface StateSize {
  /** Of a group without its events; its key of some 20 characters. */
  readonly groupBytes: number;
  /** Of an event, or of a value; 0 where a group keeps a fixed number. */
  readonly eventBytes: number;
  /** Of them that a group keeps; absent where it keeps a fixed number. */
  readonly eventsMax?: number;
}

/** A group's key, its place in the table and in the order, its timer. */
export const GROUP_BYTES = 64;
/** An event of which a group keeps a fixed number. */
export const KEPT_EVENT_BYTES = 12;

export const WEEK_MS = 7 * 86_400_000;

/** What most forms have in common; each says only where it differs. */
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
