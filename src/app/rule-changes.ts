/**
 * Puts rules into force, and says of each that is not what it was whether it kept its windows. The detector decides that, by their
 * meaning; what is kept here between processes is only how each rule looked, so that an edit which changes no meaning is seen too.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { rulesInput } from '../detect/input.ts';
import type { Notes, RuleRow } from '../detect/notes.ts';
import type { RuleReport } from '../detect/rule-run.ts';
import type { Log } from '../event/telemetry.ts';
import type { Rule, Ruleset } from '../rule/ast.ts';
import type { Engine } from './engine.ts';

export interface RuleChanges {
  /** Hands the rules to the engine before it returns; resolves when they are durable and what changed is in the log. */
  putInForce(ruleset: Ruleset): Promise<void>;
  /** The rules in force and what the last change of each was. */
  rows(): readonly RuleRow[];
  /** When the rules that run now were put into force. */
  sinceMs(): number;
}

export interface RuleChangesOptions {
  readonly config: Pick<Config, 'sources'>;
  readonly engine: Pick<Engine, 'take' | 'tell' | 'report'>;
  readonly notes: Notes;
  readonly log: Log;
}

export function createRuleChanges({ config, engine, notes, log }: RuleChangesOptions): RuleChanges {
  let rows = notes.read('rules') ?? [];
  let sinceMs = Date.now();
  return {
    async putInForce(ruleset) {
      const nowMs = Date.now();
      const before = engine.report();
      await engine.take(rulesInput(ruleset, config.sources, nowMs, true));
      const changed = compareRules(before, rows, ruleset.rules);
      const after = new Map(engine.report().map((report) => [report.rule, report]));
      if (before.length === 0)
        log.info({ 'event.action': 'rules-in-force' }, `${ruleset.rules.length} rules are in force`);
      else for (const each of changed) say(each, after.get(each.rule), log);
      rows = rowsAfter(ruleset.rules, rows, before.length === 0 ? [] : changed, nowMs);
      sinceMs = nowMs;
      await engine.tell([], () => notes.write('rules', rows));
    },
    rows: () => rows,
    sinceMs: () => sinceMs,
  };
}

interface RuleChange {
  readonly rule: string;
  readonly kind: NonNullable<RuleRow['change']> | 'removed';
}

/** What became of the rules that ran (`before`, as they looked: `known`); those that are as they were are left out. */
function compareRules(
  before: readonly Pick<RuleReport, 'rule' | 'meaning'>[],
  known: readonly RuleRow[],
  rules: readonly Rule[],
): readonly RuleChange[] {
  const meanings = new Map(before.map(({ rule, meaning }) => [rule, meaning]));
  const forms = new Map(known.map(({ rule, form }) => [rule, form]));
  const names = new Set(rules.map(({ name }) => name));
  const changed = rules.flatMap((rule): readonly RuleChange[] => {
    const { name, meaning } = rule;
    const was = meanings.get(name);
    if (was === undefined) return [{ rule: name, kind: 'new' }];
    if (was !== meaning) return [{ rule: name, kind: 'began_anew' }];
    const form = forms.get(name);
    return form === undefined || form === formOf(rule) ? [] : [{ rule: name, kind: 'kept_windows' }];
  });
  const removed = before.filter(({ rule }) => !names.has(rule));
  return [...changed, ...removed.map(({ rule }): RuleChange => ({ rule, kind: 'removed' }))];
}

function rowsAfter(
  rules: readonly Rule[],
  before: readonly RuleRow[],
  changed: readonly RuleChange[],
  nowMs: number,
): readonly RuleRow[] {
  return rules.map((rule) => {
    const form = formOf(rule);
    const change = changed.find((each) => each.rule === rule.name);
    if (change === undefined || change.kind === 'removed') {
      const { change: last, changedAtMs } = before.find((row) => row.rule === rule.name) ?? {};
      const kept = last === undefined || changedAtMs === undefined ? {} : { change: last, changedAtMs };
      return { rule: rule.name, form, ...kept };
    }
    return { rule: rule.name, form, change: change.kind, changedAtMs: nowMs };
  });
}

/** Everything about a rule that can show, but for its tests and its place in the files. */
function formOf(rule: Rule): string {
  const text = JSON.stringify(rule, (key, value: unknown) => {
    if (key === 'span' || key === 'file' || key === 'tests') return undefined;
    return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function say({ rule, kind }: RuleChange, report: RuleReport | undefined, log: Log): void {
  const until = report?.incompleteUntilMs;
  const untilText = until === undefined ? '' : new Date(until).toISOString();
  const missing = until === undefined ? '' : `; until ${untilText} it may miss what began before`;
  const words = {
    new: `is new${missing}`,
    began_anew: `means something else now and begins anew${missing}`,
    kept_windows: 'was changed and means the same: it keeps its windows',
    removed: 'was removed, its open alerts are closed',
  };
  log.info(
    {
      'event.action': `rule-${kind.replace('_', '-')}`,
      'tocsin.rule': rule,
      ...(until !== undefined && { 'tocsin.incomplete_until': untilText }),
    },
    `rule ${rule} ${words[kind]}`,
  );
}
