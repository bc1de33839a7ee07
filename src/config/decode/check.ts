/** Checks the steps of `decode`: one kind a step, and patterns that can be used. */
import { Pattern } from '../../event/pattern.ts';
import type { Path, Report } from '../problem.ts';
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
const ON_TEXT = new Set(['dissect', 'regex', 'levels']);

export function checkSteps(steps: z.infer<typeof stepsSchema>, path: Path, report: Report): void {
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
    if (step.replace !== undefined)
      checkRegex(step.replace.regex, [...at, 'replace', 'regex'], report, false);
  }
}

function checkRegex(source: string, path: Path, report: Report, isNamed = true): void {
  try {
    const pattern = new Pattern(source);
    if (isNamed && pattern.groupNames.length === 0)
      report(path, `\`${source}\` names no part`, 'write (?<name>…) around each part that you want');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(
      path,
      `\`${source}\` cannot be used: ${error.message}`,
      'mend the regular expression; it is one of RE2',
    );
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
