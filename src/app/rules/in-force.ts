/**
 * The rules that run now. Reads the folder again when it changes. An invalid set is reported, and the last valid one stays in force, also
 * across a restart. All of this is done in slices: the stream does not wait.
 */
import type { RulesPart } from '../../detect/input/input.ts';
import type { WorkTimers } from '../../event/clock.ts';
import { OutOfDescriptors } from '../../event/descriptors.ts';
import type { Schema } from '../../event/event.ts';
import { shown, type Shown } from '../../event/shown.ts';
import { inSlices } from '../../event/slices.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { handOver } from '../../match/hand-over.ts';
import { compileMatcher, compilingMatcher, type Matcher } from '../../match/matcher.ts';
import type { Rule, Ruleset } from '../../rule/ast.ts';
import { formatDiagnostics } from '../../rule/diagnostics.ts';
import { RULES_SLICE_MS, type RulesRead } from '../rulebook.ts';
import { InvalidRules } from '../start-error.ts';
import type { PutInForce, RulesInForce } from '../types.ts';
import { changesTo } from './parts.ts';
import type { RulesFolder } from './rules-folder.ts';

export interface RulesOptions {
  readonly folder: RulesFolder;
  readonly schema: Schema;
  readonly telemetry: Telemetry;
  readonly clock: Pick<WorkTimers, 'sleep' | 'workMs'>;
}

const RETRY_MS = 1_000;

/**
 * Reads the rules that a start runs: those of the folder, or the last valid set where the folder is invalid. Fails with InvalidRules or
 * OutOfDescriptors.
 */
export async function openRules(options: RulesOptions): Promise<RulesInForce> {
  const { folder, schema, telemetry, clock } = options;
  const readFrom = folder.state();
  const first = await readFirst(folder, telemetry);
  const current = createCurrent(first.ruleset, clock);
  let problem = first.problem?.text;
  const closing = new AbortController();
  let reloads = 0;
  let lastReload: Promise<unknown> = Promise.resolve();

  const report = (): void => {
    telemetry.gauge('rules_loaded', {}, current.rules().size);
    telemetry.gauge('rules_invalid', {}, problem === undefined ? 0 : 1);
  };
  report();

  const refuse = (read: RulesRead): void => {
    problem = describe(read).text;
    const text = `rules not changed, the last good ones stay:\n${problem}`;
    telemetry.log.error({ 'event.action': 'rules-invalid' }, text);
    report();
  };

  const reload = async (isSuperseded: () => boolean, inForce: PutInForce): Promise<boolean> => {
    const read = await readPatiently(options, isSuperseded, closing.signal);
    if (read === undefined || isSuperseded()) return false;
    const { ruleset, texts } = read;
    if (ruleset === undefined) {
      refuse(read);
      return false;
    }
    const prepared = await current.prepare(ruleset);
    // The folder has changed again meanwhile. The reload of that change reads it as it is now.
    if (isSuperseded()) return false;
    problem = undefined;
    await current.change(prepared, inForce);
    telemetry.log.info({ 'event.action': 'rules-loaded' }, `${current.rules().size} rules are in force`);
    report();
    await folder.keep(texts).catch((error: unknown) => {
      const text = `the rules are in force but not kept for the next start: ${String(error)}`;
      telemetry.log.error({ 'event.action': 'rules-not-kept' }, text);
    });
    return true;
  };

  return {
    ruleset: () => ({ rules: [...current.rules().values()], schema }),
    matcher: current.matcher,
    rule: (name) => current.rules().get(name),
    problem: () => problem,
    watch: (told) => folder.watch(readFrom, told),
    async reload(inForce) {
      const mine = ++reloads;
      const done = lastReload.then(() => reload(() => mine !== reloads, inForce));
      lastReload = done.catch(() => undefined);
      return await done;
    },
    close() {
      reloads++;
      closing.abort();
    },
  };
}

/** Waits until there are descriptors to read the folder with; undefined where another reload has begun meanwhile. */
async function readPatiently(
  { folder, telemetry, clock }: RulesOptions,
  isSuperseded: () => boolean,
  closing: AbortSignal,
): Promise<RulesRead | undefined> {
  for (let isTold = false; !isSuperseded(); isTold = true) {
    try {
      return await folder.readInSlices();
    } catch (error) {
      if (!(error instanceof OutOfDescriptors)) throw error;
      const text = `the rules are not read again yet, those in force stay: ${error.message}; ${error.fix}`;
      if (!isTold) telemetry.log.error({ 'event.action': 'rules-unread' }, text);
      await clock.sleep(RETRY_MS, closing);
    }
  }
  return undefined;
}

/** A set of rules that is ready to run. */
interface Prepared {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly matcher: Matcher;
  readonly parts: readonly RulesPart[];
}

/** The rules that run, and the way from one set to the next. */
interface Current {
  /** The rules by name. Messages are planned by these rules. */
  rules(): ReadonlyMap<string, Rule>;
  /** Lines are matched by this matcher, which may be ahead of `rules`. */
  readonly matcher: () => Matcher;
  prepare(ruleset: Ruleset): Promise<Prepared>;
  /** Puts the set into force part by part. Where `inForce` rejects, the parts that are in force by then stay. */
  change(to: Prepared, inForce: PutInForce): Promise<void>;
}

function createCurrent(first: Ruleset, clock: RulesOptions['clock']): Current {
  let current = byName(first);
  let matcher = compileMatcher(first);

  const enter = (part: RulesPart, rules: ReadonlyMap<string, Rule>): void => {
    for (const name of namesOf(part)) {
      const rule = rules.get(name);
      if (rule === undefined) current.delete(name);
      else current.set(name, rule);
    }
  };

  return {
    rules: () => current,
    matcher: () => matcher,
    async prepare(ruleset) {
      const next = await inSlices(compilingMatcher(ruleset, matcher.learned()), clock, RULES_SLICE_MS);
      const parts = await inSlices(changesTo(ruleset, current), clock, RULES_SLICE_MS);
      return { rules: byName(ruleset), matcher: next, parts };
    },
    async change({ rules, matcher: next, parts }, inForce) {
      const waiting = new Set(parts.flatMap(namesOf));
      for (const [name, rule] of rules) if (!waiting.has(name)) current.set(name, rule);
      matcher = handOver(matcher, next, (name) => waiting.has(name));
      for (const part of parts) {
        // Nothing may wait between here and `inForce`: a batch matched by the new rules must come after them in the journal.
        for (const name of namesOf(part)) waiting.delete(name);
        await inForce(part, () => enter(part, rules));
        await clock.sleep(0);
      }
      current = new Map(rules);
      matcher = next;
    },
  };
}

const byName = ({ rules }: Ruleset): Map<string, Rule> => new Map(rules.map((rule) => [rule.name, rule]));

const namesOf = ({ rules, removed }: RulesPart): readonly string[] => [
  ...rules.map(({ name }) => name),
  ...removed,
];

async function readFirst(
  folder: RulesFolder,
  telemetry: Telemetry,
): Promise<{ ruleset: Ruleset; problem?: Shown }> {
  const read = folder.read();
  if (read.ruleset !== undefined) {
    await folder.keep(read.texts);
    return { ruleset: read.ruleset };
  }
  const problem = describe(read);
  const kept = folder.kept();
  if (kept?.ruleset === undefined) throw new InvalidRules(problem);
  telemetry.log.error(
    { 'event.action': 'rules-invalid' },
    `the rules folder is invalid; running the last good rules of the run before:\n${problem.text}`,
  );
  return { ruleset: kept.ruleset, problem };
}

/** Maximum number of errors in the log and on /readyz; `tocsin check` shows all. */
const SHOWN_MAX = 20;

function describe({ diagnostics, texts }: RulesRead): Shown {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const found = formatDiagnostics(errors.slice(0, SHOWN_MAX), texts, 'text', { color: false });
  const more = errors.length - SHOWN_MAX;
  return more > 0 ? shown`${found}and ${more} more errors: \`tocsin check\` shows them all\n` : found;
}
