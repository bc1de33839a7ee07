/** The configuration as the rule language sees it: the fields, sources and receivers that rules may name. */
import type { Severity } from '../event/alert.ts';
import type { Schema } from '../event/event.ts';

export interface RuleContext {
  readonly schema: Schema;
  /** Names of the configured sources. */
  readonly sources: readonly string[];
  /** Returns the problem with a receiver that a rule names, and its fix, in words; undefined if the receiver is fine. */
  readonly receivers: (
    channel: string,
    target: string,
  ) => { readonly message: string; readonly fix: string } | undefined;
  /** Returns true if a route of the configuration takes the alerts of this rule, which names no receiver. */
  readonly routed: (rule: {
    readonly name: string;
    readonly severity: Severity;
    readonly owner?: string;
    readonly labels: Readonly<Record<string, string>>;
  }) => boolean;
  /** Returns the lateness of a source, ms. It is part of the meaning of a rule. */
  readonly latenessMs: (source: string) => number;
}
