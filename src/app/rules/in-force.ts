/**
 * The rules that run now. Reads the folder again when it changes; an invalid set is reported and the last good one stays, also
 * across a restart, for which its texts are kept in the data directory. All of it in slices: the stream does not wait.
 */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { RulesPart } from '../../detect/input/input.ts';
import type { Timers } from '../../event/clock.ts';
import { OutOfDescriptors } from '../../event/descriptors.ts';
import { inSlices } from '../../event/slices.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { handOver } from '../../match/hand-over.ts';
import { compileMatcher, compilingMatcher, type Matcher } from '../../match/matcher.ts';
import type { Rule, Ruleset } from '../../rule/ast.ts';
import { shown, type Shown } from '../../event/shown.ts';
import { formatDiagnostics } from '../../rule/diagnostics.ts';
import { folderState } from '../../rule/watch.ts';
import { changesTo } from './parts.ts';
import { readRules, readRulesInSlices, readRuleTexts, type RulesRead } from '../rulebook.ts';
import { InvalidRules } from '../start-error.ts';
import type { PutInForce, RulesInForce } from '../types.ts';

const retryMs = 1_000;

/** Fails with InvalidRules, or OutOfDescriptors. */
export async function openRules(
  config: Config,
  telemetry: Telemetry,
  clock: Pick<Timers, 'sleep' | 'workMs'>,
): Promise<RulesInForce> {
  const readFrom = folderState(config.rulesDir) ?? '';
  const first = await readFirst(config, telemetry);
  let current = byName(first.ruleset);
  let matcher = compileMatcher(first.ruleset);
  let problem = first.problem?.text;
  let reloads = 0;
  let lastReload: Promise<unknown> = Promise.resolve();

  const report = (): void => {
    telemetry.gauge('rules_loaded', {}, current.size);
    telemetry.gauge('rules_invalid', {}, problem === undefined ? 0 : 1);
  };
  report();

  /** Waits until there are descriptors to read with; undefined where another reading has begun meanwhile. */
  const readPatiently = async (isSuperseded: () => boolean): Promise<RulesRead | undefined> => {
    for (let isTold = false; !isSuperseded(); isTold = true) {
      try {
        return await readRulesInSlices(config, clock);
      } catch (error) {
        if (!(error instanceof OutOfDescriptors)) throw error;
        const text = `the rules are not read again yet, those in force stay: ${error.message}; ${error.fix}`;
        if (!isTold) telemetry.log.error({ 'event.action': 'rules-unread' }, text);
        await clock.sleep(retryMs);
      }
    }
    return undefined;
  };

  /** Undefined: invalid, or the folder changed again meanwhile, and whoever noticed reads it as it is now. */
  const prepare = async (isSuperseded: () => boolean): Promise<Prepared | undefined> => {
    const read = await readPatiently(isSuperseded);
    if (read === undefined || isSuperseded()) return undefined;
    if (read.ruleset === undefined) {
      problem = describe(read).text;
      const text = `rules not changed, the last good ones stay:\n${problem}`;
      telemetry.log.error({ 'event.action': 'rules-invalid' }, text);
      report();
      return undefined;
    }
    const { ruleset, texts } = read;
    const next = await inSlices(compilingMatcher(ruleset, matcher.learned()), clock);
    const parts = await inSlices(changesTo(ruleset, current), clock);
    return isSuperseded() ? undefined : { ruleset, matcher: next, parts, texts };
  };

  const change = async (to: Prepared, inForce: PutInForce): Promise<void> => {
    const rules = byName(to.ruleset);
    const waiting = new Set(to.parts.flatMap(namesOf));
    for (const [name, rule] of rules) if (!waiting.has(name)) current.set(name, rule);
    matcher = handOver(matcher, to.matcher, (name) => waiting.has(name));
    for (const part of to.parts) {
      // From here to `inForce` nothing may wait: a batch matched by the new rules must come after them in the match log.
      for (const name of namesOf(part)) waiting.delete(name);
      await inForce(part, () => enter(part, rules));
      await clock.sleep(0);
    }
    current = rules;
    matcher = to.matcher;
  };

  const enter = (part: RulesPart, rules: ReadonlyMap<string, Rule>): void => {
    for (const name of namesOf(part)) {
      const rule = rules.get(name);
      if (rule === undefined) current.delete(name);
      else current.set(name, rule);
    }
  };

  const reload = async (isSuperseded: () => boolean, inForce: PutInForce): Promise<boolean> => {
    const prepared = isSuperseded() ? undefined : await prepare(isSuperseded);
    if (prepared === undefined) return false;
    problem = undefined;
    await change(prepared, inForce);
    telemetry.log.info({ 'event.action': 'rules-loaded' }, `${current.size} rules are in force`);
    report();
    await keepTexts(config, prepared.texts).catch((error: unknown) => {
      const text = `the rules are in force but not kept for the next start: ${String(error)}`;
      telemetry.log.error({ 'event.action': 'rules-not-kept' }, text);
    });
    return true;
  };

  return {
    ruleset: () => ({ rules: [...current.values()], schema: config.schema }),
    matcher: () => matcher,
    rule: (name) => current.get(name),
    problem: () => problem,
    readFrom,
    async reload(inForce) {
      const mine = ++reloads;
      const done = lastReload.then(() => reload(() => mine !== reloads, inForce));
      lastReload = done.catch(() => undefined);
      return await done;
    },
  };
}

/** A set of rules ready to run. */
interface Prepared {
  readonly ruleset: Ruleset;
  readonly matcher: Matcher;
  readonly parts: readonly RulesPart[];
  readonly texts: RulesRead['texts'];
}

const byName = ({ rules }: Ruleset): Map<string, Rule> => new Map(rules.map((rule) => [rule.name, rule]));

const namesOf = ({ rules, removed }: RulesPart): readonly string[] => [
  ...rules.map(({ name }) => name),
  ...removed,
];

async function readFirst(
  config: Config,
  telemetry: Telemetry,
): Promise<{ ruleset: Ruleset; problem?: Shown }> {
  const read = readRules(config);
  if (read.ruleset !== undefined) {
    await keepTexts(config, read.texts);
    return { ruleset: read.ruleset };
  }
  const problem = describe(read);
  const kept = readKept(config);
  if (kept?.ruleset === undefined) throw new InvalidRules(problem);
  telemetry.log.error(
    { 'event.action': 'rules-invalid' },
    `the rules folder is invalid; running the last good rules of the run before:\n${problem.text}`,
  );
  return { ruleset: kept.ruleset, problem };
}

/** Errors that are shown in the log and on /readyz; `tocsin check` shows all. */
const MOST_SHOWN = 20;

function describe({ diagnostics, texts }: RulesRead): Shown {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const found = formatDiagnostics(errors.slice(0, MOST_SHOWN), texts, 'text', { color: false });
  const more = errors.length - MOST_SHOWN;
  return more > 0 ? shown`${found}and ${more} more errors: \`tocsin check\` shows them all\n` : found;
}

const keptPath = (config: Config): string => join(config.dataDir, 'last-good-rules.json');

async function keepTexts(config: Config, texts: ReadonlyMap<string, string>): Promise<void> {
  const path = keptPath(config);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify([...texts]));
  await rename(`${path}.new`, path);
}

function readKept(config: Config): RulesRead | undefined {
  try {
    const texts = JSON.parse(readFileSync(keptPath(config), 'utf8')) as [string, string][];
    return readRuleTexts(
      config,
      texts.map(([file, text]) => ({ file, text })),
    );
  } catch {
    return undefined;
  }
}
