/** The contract of a lint. A lint gives advice about a rule that runs; it never says that a rule is wrong. */
import type { Schema } from '../../event/event.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';

export interface LintContext {
  readonly schema: Schema;
  /** How long the archive keeps an event, ms. */
  readonly retentionMs: number;
  /** Text of a file by its path relative to the rules folder; undefined where it cannot be had. */
  readonly readFile: (path: string) => string | undefined;
  /** Names that a source's lines can have, of each source; undefined where any can be there. Absent: not known of any. */
  readonly given?: ReadonlyMap<string, ReadonlySet<string> | undefined>;
}

/** Tokens of the set's conditions and tests that hold a part as one of several: `timeout` → order_timeout, pay_timeout. */
export type LongerWords = ReadonlyMap<string, readonly string[]>;

interface LintedRule {
  readonly block: RuleBlock;
  /** The defaults of its file. */
  readonly defaults: DefaultsBlock | undefined;
  readonly longer: LongerWords;
}

export type Lint = (rule: LintedRule, context: LintContext) => readonly Diagnostic[];
