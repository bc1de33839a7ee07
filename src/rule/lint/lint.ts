/** The contract of a lint. A lint gives advice about a rule that runs; it never says that a rule is wrong. */
import type { Schema } from '../../event/event.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import type { SharedLets } from '../shared-lets.ts';

export interface LintContext {
  readonly schema: Schema;
  /** How long the archive keeps an event, ms. */
  readonly retentionMs: number;
  /** Returns the text of a file by its path relative to the rules folder; undefined if it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** For each source, the field names that its lines can have; undefined if lines can have any. Absent: nothing is known of any source. */
  readonly given?: ReadonlyMap<string, ReadonlySet<string> | undefined>;
}

/** For a word, the longer tokens in the set's conditions and tests that contain it as a part: `timeout` → order_timeout, pay_timeout. */
export type LongerWords = ReadonlyMap<string, readonly string[]>;

export interface LintedRule {
  /** With the shared lets that it uses put in. */
  readonly block: RuleBlock;
  /** All lets that it may share. */
  readonly shared: SharedLets;
  /** The defaults of the rule's file. */
  readonly defaults: DefaultsBlock | undefined;
  readonly longer: LongerWords;
}

export type Lint = (rule: LintedRule, context: LintContext) => readonly Diagnostic[];
