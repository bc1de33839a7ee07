/** The configuration as the rule language sees it: the fields, sources and receivers that rules may name. */
import type { Severity } from '../event/alert.ts';
import type { Schema } from '../event/event.ts';

export interface RuleContext {
  readonly schema: Schema;
  /** Names of the configured sources. */
  readonly sources: readonly string[];
  /** The problem with a receiver that a rule names, and its fix, in words; undefined when the receiver is fine. */
  readonly receivers: (
    channel: string,
    target: string,
  ) => { readonly message: string; readonly fix: string } | undefined;
  /** True where a route of the configuration takes the alerts of this rule, which names no receiver. */
  readonly routed: (rule: {
    readonly name: string;
    readonly severity: Severity;
    readonly owner?: string;
    readonly labels: Readonly<Record<string, string>>;
  }) => boolean;
  /** Lateness of a source, ms: part of what a rule means. */
  readonly latenessMs: (source: string) => number;
}
