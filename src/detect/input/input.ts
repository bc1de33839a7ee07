/**
 * What the detector is fed: the rows of the match log. Everything that a result depends on is in here, so that the same rows
 * always give the same transitions; nothing may reach the detector by another way.
 */
import type { Severity } from '../../event/alert.ts';
import type { Match } from '../../event/match.ts';
import type { FieldType, Schema } from '../../event/event.ts';
import type { AlertSpec, Rule, Ruleset } from '../../rule/ast.ts';
import { fieldsRead } from '../../rule/alert-parts.ts';

export interface PartitionRef {
  readonly source: string;
  readonly partition: number;
}

/** What the detector knows of a rule; JSON-serialisable. */
export interface DetectRule extends Pick<
  Rule,
  'name' | 'from' | 'forMs' | 'resolveNever' | 'resolveAfterMs' | 'cooldownMs' | 'maxGroups' | 'meaning'
> {
  readonly severity: Severity;
  readonly alert: AlertSpec;
  readonly hasWhen: boolean;
  /** Declared fields that the form reads values of. */
  readonly fields: readonly {
    readonly name: string;
    readonly type: FieldType;
    readonly normalise?: 'upper' | 'lower';
  }[];
  /** Where lets were renamed while the state stayed: the names in `alert` by the names that matches give (let-names.ts). */
  readonly letNames?: Readonly<Record<string, readonly string[]>>;
}

export interface SourceTiming {
  readonly name: string;
  readonly latenessMs: number;
}

/** The matches of one batch, and what the batch says about the time of its partition. */
export interface BatchInput {
  readonly kind: 'batch';
  readonly source: string;
  readonly partition: number;
  readonly clockMs: number;
  /** Watermark of the partition after the batch; absent before its first event with a time. */
  readonly watermarkMs?: number;
  /** Least and greatest time of the batch's events that are neither too late nor in the future, matching or not. */
  readonly firstTimeMs?: number;
  readonly lastTimeMs?: number;
  readonly matches: readonly Match[];
  /** Some of those that came too late and count in no window: judged aside (judged-aside.ts). */
  readonly late?: readonly Match[];
}

export type DetectInput =
  | BatchInput
  /** The clock, and every partition that is idle now (read to its end, 60 s of wall time without an event). */
  | {
      readonly kind: 'tick';
      readonly clockMs: number;
      readonly idle: readonly PartitionRef[];
      /** The clock was set back behind what it said before: what it armed, it armed too late. */
      readonly wentBack?: true;
    }
  /** From now on exactly these partitions of the source count, read or not. A batch of another one adds it. None: time/watermarks.ts. */
  | { readonly kind: 'partitions'; readonly source: string; readonly partitions: readonly number[] }
  /** The partition gives no more events (a backtest's file): it no longer holds the time back. */
  | { readonly kind: 'partition_ended'; readonly source: string; readonly partition: number }
  /** End of a finite input: settled up to and including a time, the last event's, or until every deadline has run out. */
  | { readonly kind: 'finalise'; readonly untilMs: number | 'last' | 'end' }
  /** The rules from now on. The first row of a log; again at each start and each change. */
  | {
      readonly kind: 'rules';
      readonly clockMs: number;
      readonly rules: readonly DetectRule[];
      /** Absent: `rules` are all there are. Otherwise they are what is new or changed, these are gone, all others stay. */
      readonly removed?: readonly string[];
      readonly sources: readonly SourceTiming[];
      /** The process runs on the wall clock: what waits for events waits from `clockMs` on at the latest. */
      readonly isLive?: boolean;
    };

type RulesInput = Extract<DetectInput, { kind: 'rules' }>;

/** The row that puts a rule set into force. Unchanged rules keep their windows. */
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

/** The row that puts a part of a change into force, live. */
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
