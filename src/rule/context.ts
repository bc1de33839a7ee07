/** What the rules are held against: the configured fields, sources and receivers, as the rule language needs to know them. */
import type { Severity } from '../event/alert.ts';
import type { Schema } from '../event/event.ts';

export interface RuleContext {
  readonly schema: Schema;
  /** Names of the configured sources. */
  readonly sources: readonly string[];
  /** What is wrong with a receiver that a rule names, and the fix, for people; undefined when it is fine. */
  readonly receivers: (
    channel: string,
    target: string,
  ) => { readonly message: string; readonly fix: string } | undefined;
  /** Whether a route of the configuration takes the alerts of a rule that names no receiver. */
  readonly routed: (rule: {
    readonly name: string;
    readonly severity: Severity;
    readonly owner?: string;
    readonly labels: Readonly<Record<string, string>>;
  }) => boolean;
  /** Lateness of a source, ms: part of what a rule means. */
  readonly latenessMs: (source: string) => number;
}
