/**
 * The inputs of the detector, which are the rows of the journal. Everything that a result depends on is in them, so the same inputs always
 * give the same transitions. Nothing may reach the detector by another way.
 */
import type { Severity } from '../../event/alert.ts';
import type { Match } from '../../event/match.ts';
import type { Matches } from '../../event/match-columns.ts';
import type { FieldType, Schema } from '../../event/event.ts';
import type { AlertSpec, Rule, Ruleset } from '../../rule/ast.ts';
import { fieldsRead } from '../../rule/alert-parts.ts';

export interface PartitionRef {
  readonly source: string;
  readonly partition: number;
}

/** The part of a rule that the detector needs; JSON-serialisable. */
export interface DetectRule extends Pick<
  Rule,
  'name' | 'from' | 'forMs' | 'resolveNever' | 'resolveAfterMs' | 'cooldownMs' | 'maxGroups' | 'meaning'
> {
  readonly severity: Severity;
  readonly alert: AlertSpec;
  readonly hasWhen: boolean;
  /** Declared fields whose values the form reads. */
  readonly fields: readonly {
    readonly name: string;
    readonly type: FieldType;
    readonly normalise?: 'upper' | 'lower';
  }[];
  /** Maps the names of lets that matches carry to the names in `alert`. Present if lets were renamed while the state stayed (let-names.ts). */
  readonly letNames?: Readonly<Record<string, readonly string[]>>;
}

export interface SourceTiming {
  readonly name: string;
  readonly latenessMs: number;
}

/** The matches of one batch, and the times that the batch gives for its partition. */
export interface BatchOf<Given extends Matches> {
  readonly kind: 'batch';
  readonly source: string;
  readonly partition: number;
  readonly clockMs: number;
  /** Watermark of the partition after the batch; absent before its first event with a time. */
  readonly watermarkMs?: number;
  /** Least and greatest time of the batch's events that are neither too late nor in the future, matching or not. */
  readonly firstTimeMs?: number;
  readonly lastTimeMs?: number;
  readonly matches: Given;
  /** Some of the matches that came too late. They count in no window and are judged aside (judged-aside.ts). */
  readonly late?: Given;
}

/** A batch whose matches are objects. */
export type BatchInput = BatchOf<readonly Match[]>;

/** A batch whose matches have either form. */
export type AnyBatch = BatchOf<Matches>;

export type DetectInput =
  | AnyBatch
  /** The time of the clock, and every partition that is idle now (read to its end, 60 s of wall time without an event). */
  | {
      readonly kind: 'tick';
      readonly clockMs: number;
      readonly idle: readonly PartitionRef[];
      /** The clock was set back behind an earlier time of its own. Everything that the earlier time armed was armed too late. */
      readonly wentBack?: true;
    }
  /**
   * From now on exactly these partitions of the source count, read or not. A batch of another partition adds that one. An empty list: see
   * `WHOLE_SOURCE` in time/partition-table.ts.
   */
  | { readonly kind: 'partitions'; readonly source: string; readonly partitions: readonly number[] }
  /** The partition gives no more events (a file of a backtest). It holds the watermark back no longer. */
  | { readonly kind: 'partition_ended'; readonly source: string; readonly partition: number }
  /**
   * End of a finite input. Everything becomes final up to and including a time: `untilMs`, the time of the last event ('last'), or the time
   * at which every deadline has passed ('end').
   */
  | { readonly kind: 'finalise'; readonly untilMs: number | 'last' | 'end' }
  /** The rules from now on. This is the first row of a journal; it comes again at each start and each change of rules. */
  | {
      readonly kind: 'rules';
      readonly clockMs: number;
      readonly rules: readonly DetectRule[];
      /** Absent: `rules` are all the rules. Present: `rules` are new or changed, the rules named here are gone, all others stay. */
      readonly removed?: readonly string[];
      readonly sources: readonly SourceTiming[];
      /** Live run: `nothing` rules without any event yet start their timer at `clockMs`. */
      readonly isLive?: boolean;
    };

type RulesInput = Extract<DetectInput, { kind: 'rules' }>;

/** Returns the input that puts a rule set into force. Unchanged rules keep their windows. */
export function rulesInput(
  { rules, schema }: Ruleset,
  sources: readonly SourceTiming[],
  clockMs: number,
  isLive = false,
): RulesInput {
  return {
    kind: 'rules',
    clockMs,
    ...(isLive && { isLive }),
    sources: sources.map(({ name, latenessMs }) => ({ name, latenessMs })),
    rules: rules.map((rule) => detectRule(rule, schema)),
  };
}

/** A part of a change of rules. */
export type RulesPart = Required<Pick<RulesInput, 'rules' | 'removed'>>;

/** Returns the input that puts a part of a change into force in a live run. */
export function rulesPartInput(
  { rules, removed }: RulesPart,
  sources: readonly SourceTiming[],
  clockMs: number,
): RulesInput {
  return {
    kind: 'rules',
    clockMs,
    isLive: true,
    sources: sources.map(({ name, latenessMs }) => ({ name, latenessMs })),
    rules,
    removed,
  };
}

export function detectRule(rule: Rule, schema: Schema): DetectRule {
  return {
    name: rule.name,
    meaning: rule.meaning,
    severity: rule.severity,
    from: rule.from,
    alert: rule.alert,
    hasWhen: rule.when !== undefined,
    fields: fieldsRead(rule.alert).flatMap((name) => {
      const field = schema.byName.get(name);
      if (field === undefined) return [];
      const { type, normalise } = field;
      return [normalise === undefined ? { name, type } : { name, type, normalise }];
    }),
    forMs: rule.forMs,
    resolveNever: rule.resolveNever,
    resolveAfterMs: rule.resolveAfterMs,
    cooldownMs: rule.cooldownMs,
    maxGroups: rule.maxGroups,
  };
}
