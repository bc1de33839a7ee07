/** Checks the steps of `decode`: one kind a step, and patterns that can be used. */
import { Pattern, PUT_TOGETHER } from '../../event/pattern.ts';
import type { Path, Report } from '../problem.ts';
import { expandGrok, type GrokPatterns } from './grok/expand.ts';
import { originProblems } from './origins.ts';
import { buildSteps, STEP_KEYS, type stepsSchema } from './schema.ts';
import type { z } from 'zod';

/** Reports a `w3c` that cannot know its header: behind another step, or of lines that are joined. */
export function checkHeaders(
  steps: z.infer<typeof stepsSchema>,
  isJoined: boolean,
  path: Path,
  report: Report,
): void {
  const first = steps.findIndex((step) => buildSteps([step]).some(({ kind }) => kind === 'w3c'));
  if (first > 0)
    report(
      [...path, first],
      '`w3c` must be the first step: it goes by the `#Fields:` line of the log',
      'make it the first one',
    );
  else if (first === 0 && isJoined)
    report(
      path,
      'each line of `w3c` is an event: `multiline` joins none of them',
      'remove `multiline`',
      true,
    );
}

const LIST = STEP_KEYS.map((key) => `\`${key}\``).join(', ');
/** Kinds that work on a text, beside whose patterns `field` and `optional` stand. */
const ON_TEXT = new Set(['dissect', 'regex', 'grok', 'levels']);

export function checkSteps(steps: z.infer<typeof stepsSchema>, path: Path, report: Report): void {
  checkEach(steps, path, report);
  for (const [i, step] of steps.entries()) {
    if (typeof step === 'string') continue;
    const at = [...path, i];
    const given = STEP_KEYS.filter((key) => Object.hasOwn(step, key));
    const [kind, second] = given;
    if (kind === undefined) report(at, 'this step does not say what to do', `give it one of ${LIST}`);
    else if (second !== undefined)
      report(
        [...at, second],
        `a step does one thing, this one has ${given.join(' and ')}`,
        'make them two steps, in the order in which they work',
        true,
      );
    else if (!ON_TEXT.has(kind))
      for (const key of ['field', 'optional'] as const)
        if (step[key] !== undefined)
          report(
            [...at, key],
            `\`${key}\` does nothing beside \`${kind}\``,
            `write it inside of \`${kind}\`, or remove it`,
            true,
          );
    for (const key of ['set', 'map'] as const)
      if (step[key] !== undefined && Object.keys(step[key]).length === 0)
        report([...at, key], `\`${key}\` names no field`, 'name one, or remove the step', true);
    for (const regex of step.regex ?? []) checkRegex(regex, [...at, 'regex'], report);
    if (step.grok !== undefined) checkGrok(step.grok, [...at, 'grok'], report);
    if (step.replace !== undefined)
      checkRegex(step.replace.regex, [...at, 'replace', 'regex'], report, false);
  }
}

/** A line is taken apart once: a path goes through arrays of objects, so once is enough. */
function checkEach(steps: z.infer<typeof stepsSchema>, path: Path, report: Report): void {
  const places = steps.flatMap((step, i) =>
    buildSteps([step]).some(({ kind }) => kind === 'each') ? [i] : [],
  );
  const [first, second] = places;
  if (first === undefined) return;
  if (second !== undefined)
    report(
      [...path, second],
      'a line is taken apart once, this list says it twice',
      'keep one `each`; its path goes through arrays of objects: resourceLogs.scopeLogs.logRecords',
    );
  if (buildSteps(steps.slice(0, 1))[0]?.kind === 'w3c')
    report([...path, first], 'a line of `w3c` is one event', 'remove `each`');
  const step = steps[first]!;
  const each = typeof step === 'object' ? step.each : undefined;
  const skip = typeof each === 'object' ? each?.skip : undefined;
  if (skip === undefined) return;
  const at = [...path, first, 'each', 'skip'];
  if (Object.keys(skip).length === 0) report(at, '`skip` names no field', 'name one, or remove it', true);
  else if (first === 0 && (each as { field?: string }).field === undefined)
    report(
      at,
      '`skip` asks a document, and no step before it makes one',
      'give `each` a `field`, or remove `skip`',
      true,
    );
}

function checkRegex(source: string, path: Path, report: Report, isNamed = true): void {
  const names = tried(source, path, report, RE2_FIX, () => new Pattern(source).groupNames);
  if (isNamed && names?.length === 0)
    report(path, `\`${source}\` names no part`, 'write (?<name>…) around each part that you want');
}

interface GrokBlock {
  readonly pattern: readonly string[];
  readonly patterns: GrokPatterns;
}

/** Own patterns first: what is wrong with one of them is said once, at its place. */
function checkGrok({ pattern: patterns, patterns: own }: GrokBlock, path: Path, report: Report): void {
  const fieldsOf = (pattern: string, at: Path): number | undefined =>
    tried(pattern, at, report, GROK_FIX, () => {
      const { regex, captures } = expandGrok(pattern, own);
      new Pattern(regex, PUT_TOGETHER);
      return captures.length;
    });
  let isRight = true;
  for (const [name, pattern] of Object.entries(own)) {
    const at = [...path, 'patterns', name];
    if (/^\w+$/u.test(name)) isRight = fieldsOf(pattern, at) !== undefined && isRight;
    else report(at, `no pattern can be called \`${name}\``, 'use letters, digits and underscores', true);
  }
  if (!isRight) return;
  for (const pattern of patterns)
    if (fieldsOf(pattern, path) === 0)
      report(path, `\`${pattern}\` names no field`, 'write %{NAME:field} for each part that you want');
}

const RE2_FIX = 'mend the regular expression; it is one of RE2';
const GROK_FIX = 'mend the pattern; names and forms are in docs/reading.md';

/** Reports a pattern that cannot be used, and returns undefined for it. */
function tried<Result>(
  pattern: string,
  path: Path,
  report: Report,
  fix: string,
  use: () => Result,
): Result | undefined {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(path, `\`${pattern}\` cannot be used: ${error.message}`, fix);
    return undefined;
  }
}

/** Reports names with `@` that no step can read. `source`: the kind of the source. */
export function checkOrigins(
  steps: z.infer<typeof stepsSchema>,
  source: string,
  path: Path,
  report: Report,
): void {
  for (const { step, message, fix } of originProblems(
    steps.map((each) => buildSteps([each])),
    source,
  ))
    report([...path, step], message, fix);
}
