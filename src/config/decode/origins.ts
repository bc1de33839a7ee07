/** Names by which steps read where a line came from: `set: { pod: '{@file}' }`, `field: '@file'`. */
import { nearest } from '../../event/did-you-mean.ts';
import type { StepConfig } from './steps.ts';

/** The path of the log, the source, and the name of this machine. */
export const ORIGIN_FILE = '@file';
export const ORIGIN_SOURCE = '@source';
export const ORIGIN_HOST = '@host';
/** The key of a Kafka record. */
export const ORIGIN_KEY = '@kafka.key';
/** The name of a header of a Kafka record follows. */
export const ORIGIN_HEADER = '@kafka.headers.';

/** The header that names the columns of a line. The decoder alone uses this name. */
export const ORIGIN_HEADER_LINE = '@w3c.fields';

const NAMES = [ORIGIN_FILE, ORIGIN_SOURCE, ORIGIN_HOST, ORIGIN_KEY];

export const isOrigin = (name: string): boolean =>
  NAMES.includes(name) || (name.startsWith(ORIGIN_HEADER) && name.length > ORIGIN_HEADER.length);

export const isOriginOfKafka = (name: string): boolean => name.startsWith('@kafka.');

const PLACEHOLDER = /\{([^{}]+)\}/u;

/** Splits a text at its placeholders: every second part is the name in one. */
export const atPlaceholders = (text: string): readonly string[] => text.split(PLACEHOLDER);

/** Returns the names that a step reads in `field` and in placeholders. */
function namesReadBy(step: StepConfig): readonly string[] {
  if (step.kind === 'set')
    return Object.values(step.values).flatMap((value) =>
      typeof value === 'string' ? atPlaceholders(value).filter((_, i) => i % 2 === 1) : [],
    );
  return 'field' in step ? [step.field] : [];
}

/** Returns the names by which the steps read where a line came from. */
export function originsReadBy(steps: readonly StepConfig[]): ReadonlySet<string> {
  return new Set(steps.flatMap(namesReadBy).filter(isOrigin));
}

interface OriginProblem {
  readonly step: number;
  readonly message: string;
  readonly fix: string;
}

/** Steps whose texts name keys themselves. */
const ANY_KEYS = new Set<StepConfig['kind']>([
  'json',
  'logfmt',
  'kv',
  'docker',
  'syslog',
  'journald',
  'w3c',
  'each',
  'otel',
]);
/** Steps that read `field` as a text, and leave it. */
const READERS = new Set<StepConfig['kind']>(['set', 'json', 'logfmt', 'dissect', 'regex', 'grok']);

/** Finds names with `@` that a step cannot read. `steps`: those of each entry of `decode`. `source`: the kind of the source. */
export function originProblems(
  steps: readonly (readonly StepConfig[])[],
  source: string,
): readonly OriginProblem[] {
  return steps.flatMap((of, i) => {
    const isBeforeEach = steps.slice(i + 1).some((later) => later.some(({ kind }) => kind === 'each'));
    return of.flatMap((step, k) =>
      namesReadBy(step).flatMap((name) => {
        if (!name.startsWith('@')) return [];
        const before = [...steps.slice(0, i).flat(), ...of.slice(0, k)];
        const problem = problemOf(name, step, before, source) ?? (isBeforeEach ? BEFORE_EACH : undefined);
        return problem === undefined ? [] : [{ step: i, ...problem }];
      }),
    );
  });
}

const BEFORE_EACH = {
  message: 'where a line came from is known of each of its records, and to the steps behind `each`',
  fix: 'write this step behind `each`',
};

function problemOf(
  name: string,
  step: StepConfig,
  before: readonly StepConfig[],
  source: string,
): Omit<OriginProblem, 'step'> | undefined {
  const known = `${NAMES.map((each) => `\`${each}\``).join(', ')} or \`${ORIGIN_HEADER}NAME\``;
  if (!isOrigin(name)) {
    const meant = nearest(name, NAMES);
    const isField = before.some((each) => ANY_KEYS.has(each.kind) || JSON.stringify(each).includes(name));
    if (meant === undefined && isField && !isOriginOfKafka(name)) return undefined;
    return {
      message: `\`${name}\` is neither a field of the steps before nor a name for where a line came from`,
      fix: meant === undefined ? `write ${known}` : `did you mean \`${meant}\`?`,
    };
  }
  if (isOriginOfKafka(name) && source !== 'kafka')
    return {
      message: `\`${name}\` is never there: a source of kind \`${source}\` has no records of Kafka`,
      fix: 'remove it, or read the lines from Kafka',
    };
  if (name === ORIGIN_FILE && source !== 'file')
    return {
      message: `\`${name}\` is never there: a source of kind \`${source}\` has no files`,
      fix: 'remove it, or read the lines from files',
    };
  if (READERS.has(step.kind)) return undefined;
  return {
    message: `\`${step.kind}\` works on fields of the document, and \`${name}\` is none`,
    fix: `set a field first: \`set: { origin: '{${name}}' }\``,
  };
}
