/** The names of fields that the steps of a source can give, as far as the configuration determines them. */
import { expandGrok } from '../../../config/decode/grok/expand.ts';
import type { StepConfig } from '../../../config/decode/steps.ts';
import { Pattern } from '../../../event/pattern.ts';
import { dissectNames } from '../dissect.ts';

/** Returns undefined where lines name fields themselves. Throws RangeError for a pattern that cannot be used. */
export function namesOf(steps: readonly StepConfig[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const step of steps) {
    const added = namesOfStep(step);
    if (added === undefined) return undefined;
    for (const name of added) names.add(name);
  }
  return names;
}

function namesOfStep(step: StepConfig): Iterable<string> | undefined {
  switch (step.kind) {
    case 'json':
    case 'logfmt':
    case 'kv':
    case 'w3c':
    case 'docker':
    case 'syslog':
    case 'klog':
    case 'journald':
    case 'each':
    case 'otel':
      return undefined;
    case 'cri':
      return ['time', 'stream', 'message'];
    case 'dissect': {
      const all = step.patterns.map(dissectNames);
      return all.includes(undefined) ? undefined : all.flatMap((each) => [...each!]);
    }
    case 'regex':
      return step.patterns.flatMap((pattern) => new Pattern(pattern).groupNames);
    case 'grok':
      return step.patterns.flatMap((pattern) =>
        expandGrok(pattern, step.own).captures.map(({ field }) => field),
      );
    case 'set':
      return Object.keys(step.values);
    case 'map':
    case 'levels':
    case 'replace':
    case 'trim':
    case 'strip_ansi':
      return [];
  }
}
