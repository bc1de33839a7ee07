/**
 * Puts rules into force, and reports for each changed rule whether it kept its windows. The detector decides that by the meaning of the
 * rule. This file keeps the form of each rule between processes, so that an edit which changes no meaning is noticed as well.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import { rulesInput, rulesPartInput } from '../../detect/input/input.ts';
import type { Notes, RuleRow } from '../../detect/store/notes.ts';
import type { RuleReport } from '../../detect/rule-report.ts';
import type { Clock } from '../../event/clock.ts';
import { localIso } from '../../event/local-time.ts';
import { inSlices, type Slices } from '../../event/slices.ts';
import type { Log } from '../../event/telemetry.ts';
import type { Rule, Ruleset } from '../../rule/ast.ts';
import { RULES_SLICE_MS } from '../rulebook.ts';
import type { Engine, RulesInForce } from '../types.ts';

export interface RuleChanges {
  /**
   * Puts the rules of the start into force: hands them to the engine before it returns. Resolves when they are durable and the changes are
   * in the log.
   */
  putInForce(ruleset: Ruleset): Promise<void>;
  /** Reads the rules folder again and puts it into force part by part, if it is valid. */
  reload(rules: Pick<RulesInForce, 'reload' | 'ruleset'>): Promise<void>;
  /** The rules in force with the last change of each. */
  rows(): readonly RuleRow[];
  /** When the rules that run now were put into force. */
  sinceMs(): number;
}

export interface RuleChangesOptions {
  readonly config: Pick<Config, 'sources' | 'timezone'>;
  readonly engine: Pick<Engine, 'take' | 'tell' | 'report' | 'reportOf'>;
  readonly notes: Notes;
  readonly log: Log;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'workMs'>;
}

export function createRuleChanges({ config, engine, notes, log, clock }: RuleChangesOptions): RuleChanges {
  let rows = notes.read('rules') ?? [];
  let sinceMs = clock.nowMs();
  /** The meanings of the rules in force, by name. */
  let meanings = new Map<string, string>();

  /** Notes the changes of a set of rules, in slices: there may be thousands of rules, and the stream goes on. */
  const note = async ({ rules }: Ruleset, isFirst: boolean, nowMs: number): Promise<void> => {
    const { changes, rowsAfter } = await inSlices(
      compare(rules, meanings, rows, nowMs, isFirst),
      clock,
      RULES_SLICE_MS,
    );
    if (isFirst) log.info({ 'event.action': 'rules-in-force' }, `${rules.length} rules are in force`);
    else await inSlices(sayAll(changes, engine, log, config.timezone), clock, RULES_SLICE_MS);
    rows = rowsAfter;
    meanings = new Map(rules.map(({ name, meaning }) => [name, meaning]));
    sinceMs = nowMs;
    await engine.tell([], (tx) => notes.write(tx, 'rules', rows));
  };

  return {
    async putInForce(ruleset) {
      const nowMs = clock.nowMs();
      meanings = new Map(engine.report().map(({ rule, meaning }) => [rule, meaning]));
      await engine.take(rulesInput(ruleset, config.sources, nowMs, true));
      await note(ruleset, meanings.size === 0, nowMs);
    },
    async reload(rules) {
      const nowMs = clock.nowMs();
      const isDone = await rules.reload((part, enter) =>
        engine.take(rulesPartInput(part, config.sources, clock.nowMs()), undefined, enter),
      );
      if (isDone) await note(rules.ruleset(), false, nowMs);
    },
    rows: () => rows,
    sinceMs: () => sinceMs,
  };
}

interface RuleChange {
  readonly rule: string;
  readonly kind: NonNullable<RuleRow['change']> | 'removed';
}

interface Compared {
  readonly changes: readonly RuleChange[];
  readonly rowsAfter: readonly RuleRow[];
}

/**
 * Compares the rules with those that ran before. `meanings`: the meanings of those, by name. `known`: their forms. A rule whose meaning and
 * form are the same is no change.
 */
function* compare(
  rules: readonly Rule[],
  meanings: ReadonlyMap<string, string>,
  known: readonly RuleRow[],
  nowMs: number,
  isFirst: boolean,
): Slices<Compared> {
  const before = new Map(known.map((row) => [row.rule, row]));
  const changes: RuleChange[] = [];
  const rowsAfter: RuleRow[] = [];
  for (const rule of rules) {
    const form = formOf(rule);
    const last = before.get(rule.name);
    const kind = isFirst ? undefined : changeOf(rule, form, meanings.get(rule.name), last);
    if (kind !== undefined) changes.push({ rule: rule.name, kind });
    rowsAfter.push(rowAfter(rule.name, form, kind, last, nowMs));
    yield;
  }
  const names = new Set(rules.map(({ name }) => name));
  for (const rule of meanings.keys()) if (!names.has(rule)) changes.push({ rule, kind: 'removed' });
  return { changes, rowsAfter };
}

function changeOf(
  { meaning }: Rule,
  form: string,
  meaningBefore: string | undefined,
  last: RuleRow | undefined,
): RuleRow['change'] {
  if (meaningBefore === undefined) return 'new';
  if (meaningBefore !== meaning) return 'began_anew';
  return last === undefined || last.form === form ? undefined : 'kept_windows';
}

function rowAfter(
  rule: string,
  form: string,
  kind: RuleRow['change'],
  last: RuleRow | undefined,
  nowMs: number,
): RuleRow {
  if (kind !== undefined) return { rule, form, change: kind, changedAtMs: nowMs };
  const { change, changedAtMs } = last ?? {};
  return { rule, form, ...(change !== undefined && changedAtMs !== undefined && { change, changedAtMs }) };
}

function* sayAll(
  changes: readonly RuleChange[],
  engine: Pick<Engine, 'reportOf'>,
  log: Log,
  timezone: string | undefined,
): Slices<void> {
  for (const each of changes) {
    say(each, engine.reportOf(each.rule), log, timezone);
    yield;
  }
}

/** Returns a hash of everything about a rule that can show, except its tests and its place in the files. */
function formOf(rule: Rule): string {
  const text = JSON.stringify(rule, (key, value: unknown) => {
    if (key === 'span' || key === 'file' || key === 'tests') return undefined;
    return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Writes a change to the log. The text uses the time zone of people; the field is in UTC. */
function say(
  { rule, kind }: RuleChange,
  report: RuleReport | undefined,
  log: Log,
  timezone: string | undefined,
): void {
  const until = report?.incompleteUntilMs;
  const missing =
    until === undefined ? '' : `; until ${localIso(until, timezone)} it may miss what began before`;
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
      ...(until !== undefined && { 'tocsin.incomplete_until': new Date(until).toISOString() }),
    },
    `rule ${rule} ${words[kind]}`,
  );
}
