/** The steps of a source as those of the line kernel (event/kernel/line-steps.ts), which changes values without making a document. */
import { isOrigin } from '../../../config/decode/origins.ts';
import type { StepConfig, ValueStep } from '../../../config/decode/steps.ts';
import type { Value } from '../../../event/event.ts';
import type { TapeStep, ScalarChange } from '../../../event/kernel/line-steps.ts';
import { isPlainJson } from './compile.ts';
import type { ValueChange } from './fields.ts';
import { levelReader } from './levels.ts';
import { mapping, replacing } from './values.ts';

/** A longer text in place of each character of a line that the kernel reads might be longer than a step may make it. */
const REPLACED_BY_MAX = 31;

/**
 * Returns the steps behind `json`, none where there are none; undefined where lines have to be read the plain way. Throws RangeError for a
 * pattern that cannot be used.
 */
export function lineSteps([first, ...steps]: readonly StepConfig[]): readonly TapeStep[] | undefined {
  if (!isPlainJson([first!])) return undefined;
  const made: TapeStep[] = [];
  for (const step of steps) {
    const each = stepsFor(step);
    if (each === undefined) return undefined;
    made.push(...each);
  }
  return made;
}

function stepsFor(step: StepConfig): readonly TapeStep[] | undefined {
  switch (step.kind) {
    case 'set':
      return setSteps(step);
    case 'map':
      return hasEscape(Object.values(step.table)) || hasEscape([step.otherwise])
        ? undefined
        : [{ kind: 'change', path: step.field, change: ofScalars(mapping(step)) }];
    case 'levels':
      return [{ kind: 'change', path: step.field, change: ofScalars(levelReader(step.of)) }];
    case 'replace':
      return step.by.length > REPLACED_BY_MAX || hasEscape([step.by])
        ? undefined
        : [{ kind: 'change', path: step.field, change: ofScalars(replacing(step)) }];
    case 'trim':
      return step.fields?.map((path) => ({ kind: 'trimmed', path })) ?? [{ kind: 'trimmed' }];
    // An escape character stands in JSON as `\u001b`, and none is put in by another step.
    case 'strip_ansi':
      return [{ kind: 'no_codes' }];
    case 'json':
    case 'logfmt':
    case 'kv':
    case 'cri':
    case 'docker':
    case 'syslog':
    case 'klog':
    case 'journald':
    case 'dissect':
    case 'regex':
    case 'w3c':
    case 'grok':
    case 'otel':
    case 'each':
      return undefined;
  }
}

/** The kernel knows the place of a single key alone. */
function setSteps({ values }: Extract<ValueStep, { readonly kind: 'set' }>): readonly TapeStep[] | undefined {
  const made: TapeStep[] = [];
  for (const [path, value] of Object.entries(values)) {
    if (path.includes('.') || hasEscape([value])) return undefined;
    const from = typeof value === 'string' ? /^\{([^{}]+)\}$/u.exec(value)?.[1] : undefined;
    if (from !== undefined && isOrigin(from)) return undefined;
    if (from !== undefined) made.push({ kind: 'copy', path, from });
    else if (typeof value === 'string' && /\{[^{}]+\}/u.test(value)) return undefined;
    else made.push({ kind: 'set', path, value });
  }
  return made;
}

const hasEscape = (values: readonly (Value | undefined)[]): boolean =>
  values.some((value) => typeof value === 'string' && value.includes('\u001b'));

/** Such a change makes a scalar of a scalar. */
const ofScalars =
  (change: ValueChange): ScalarChange =>
  (value) =>
    change(value) as Value;
