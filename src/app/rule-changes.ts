/**
 * Puts rules into force, and says of each that is not what it was whether it kept its windows. The detector decides that, by their
 * meaning; what is kept here between processes is only how each rule looked, so that an edit which changes no meaning is seen too.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { rulesInput, rulesPartInput } from '../detect/input.ts';
import type { Notes, RuleRow } from '../detect/notes.ts';
import type { RuleReport } from '../detect/rule-run.ts';
import { inSlices, type Slices } from '../event/slices.ts';
import type { Log } from '../event/telemetry.ts';
import type { Rule, Ruleset } from '../rule/ast.ts';
import type { Engine } from './engine.ts';
import type { RulesInForce } from './rules-in-force.ts';

export interface RuleChanges {
  /** At the start: hands the rules to the engine before it returns; resolves when they are durable and what changed is in the log. */
  putInForce(ruleset: Ruleset): Promise<void>;
  /** Reads the rules folder again and puts it into force part by part, if it is valid. */
  reload(rules: Pick<RulesInForce, 'reload' | 'ruleset'>): Promise<void>;
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

  const note = async ({ rules }: Ruleset, before: readonly RuleReport[], nowMs: number): Promise<void> => {
    const forms = await inSlices(formsOf(rules));
    const changed = compareRules(before, rows, forms, rules);
    const after = new Map(engine.report().map((report) => [report.rule, report]));
    if (before.length === 0)
      log.info({ 'event.action': 'rules-in-force' }, `${rules.length} rules are in force`);
    else for (const each of changed) say(each, after.get(each.rule), log);
    rows = rowsAfter(forms, rows, before.length === 0 ? [] : changed, nowMs);
    sinceMs = nowMs;
    await engine.tell([], () => notes.write('rules', rows));
  };

  return {
    async putInForce(ruleset) {
      const nowMs = Date.now();
      const before = engine.report();
      await engine.take(rulesInput(ruleset, config.sources, nowMs, true));
      await note(ruleset, before, nowMs);
    },
    async reload(rules) {
      const nowMs = Date.now();
      let before: readonly RuleReport[] | undefined;
      const isDone = await rules.reload((part) => {
        before ??= engine.report();
        return engine.take(rulesPartInput(part, config.sources, Date.now()));
      });
      if (isDone) await note(rules.ruleset(), before ?? engine.report(), nowMs);
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
  forms: ReadonlyMap<string, string>,
  rules: readonly Rule[],
): readonly RuleChange[] {
  const meanings = new Map(before.map(({ rule, meaning }) => [rule, meaning]));
  const formsBefore = new Map(known.map(({ rule, form }) => [rule, form]));
  const changed = rules.flatMap((rule): readonly RuleChange[] => {
    const { name, meaning } = rule;
    const was = meanings.get(name);
    if (was === undefined) return [{ rule: name, kind: 'new' }];
    if (was !== meaning) return [{ rule: name, kind: 'began_anew' }];
    const form = formsBefore.get(name);
    return form === undefined || form === forms.get(name) ? [] : [{ rule: name, kind: 'kept_windows' }];
  });
  const removed = before.filter(({ rule }) => !forms.has(rule));
  return [...changed, ...removed.map(({ rule }): RuleChange => ({ rule, kind: 'removed' }))];
}

function rowsAfter(
  forms: ReadonlyMap<string, string>,
  before: readonly RuleRow[],
  changed: readonly RuleChange[],
  nowMs: number,
): readonly RuleRow[] {
  const lastRows = new Map(before.map((row) => [row.rule, row]));
  const kinds = new Map(changed.map(({ rule, kind }) => [rule, kind]));
  return [...forms].map(([rule, form]) => {
    const kind = kinds.get(rule);
    if (kind !== undefined && kind !== 'removed') return { rule, form, change: kind, changedAtMs: nowMs };
    const { change, changedAtMs } = lastRows.get(rule) ?? {};
    return { rule, form, ...(change !== undefined && changedAtMs !== undefined && { change, changedAtMs }) };
  });
}

/** The form of each rule by its name. */
function* formsOf(rules: readonly Rule[]): Slices<ReadonlyMap<string, string>> {
  const forms = new Map<string, string>();
  for (const rule of rules) {
    forms.set(rule.name, formOf(rule));
    yield;
  }
  return forms;
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
