/** Writes a first rule that fits a log: what its lines tell of errors, counted by who writes them. */
import type { Field, LogEvent } from '../../../event/event.ts';
import { fieldValue } from '../../../event/field-value.ts';
import type { SampleEvent } from '../sample-reading.ts';
import type { ProposedField } from './fields-guess.ts';

interface RuleLog {
  /** The name of its source. */
  readonly name: string;
  readonly events: readonly SampleEvent[];
}

interface Wanted {
  readonly title: string;
  readonly condition: string;
  /** An event of it, as tests of rules write one. */
  readonly example: string;
  /** The field that it looks at, and how values look that meet the condition. */
  readonly field: string;
  readonly values: RegExp;
}

const WINDOW_MS = 5 * 60_000;
const COUNT_MAX = 5;
/** Fields that say who writes, the first that all errors have. */
const GROUPS = ['service', 'logger', 'app', 'host'];

const BY_LEVEL: Wanted = {
  title: 'Errors in the log',
  condition: 'level:(ERROR OR FATAL)',
  example: 'level: ERROR',
  field: 'level',
  values: /^(?:ERROR|FATAL)$/u,
};
const BY_STATUS: Wanted = {
  title: 'Requests fail',
  condition: 'status:5*',
  example: 'status: "503"',
  field: 'status',
  values: /^5\d\d$/u,
};
const BY_WORDS: Wanted = {
  title: 'The log speaks of errors',
  condition: 'message:("error" OR "exception" OR "failed")',
  example: 'message: "order 7: error"',
  field: 'message',
  values: /\b(?:error|exception|failed)\b/iu,
};

export interface FirstRule {
  /** The name of the source that it reads. */
  readonly source: string;
  /** The text of its file. */
  readonly text: string;
}

/** Returns a rule for the log that has the greatest number of errors; undefined where no log has fields that tell of them. */
export function firstRule(logs: readonly RuleLog[], fields: readonly ProposedField[]): FirstRule | undefined {
  const known = new Map(
    fields.map(({ path: paths, ...field }): [string, Field] => [field.name, { ...field, paths }]),
  );
  const wanted = [BY_LEVEL, BY_STATUS, BY_WORDS].filter(({ field }) =>
    ['keyword', 'text'].includes(known.get(field)?.type ?? ''),
  );
  const found = wanted.map((each) =>
    logs.map((log) => seenIn(log, each, known)).reduce((a, b) => (b.count > a.count ? b : a)),
  );
  const chosen = found.find(({ count }) => count > 0) ?? found[0];
  return chosen === undefined ? undefined : { source: chosen.name, text: textOf(chosen) };
}

interface Seen {
  readonly name: string;
  readonly wanted: Wanted;
  readonly by: string | undefined;
  /** All that meet the condition, and the most of a group within the window. */
  readonly count: number;
  readonly greatest: number;
}

function seenIn({ name, events }: RuleLog, wanted: Wanted, known: ReadonlyMap<string, Field>): Seen {
  const textsOf = (event: LogEvent, field: string): readonly string[] =>
    fieldValue(known.get(field)!, event).values.map(String);
  const met = events
    .map(({ event }) => event)
    .filter((event) => textsOf(event, wanted.field).some((text) => wanted.values.test(text)));
  const by = GROUPS.find(
    (field) =>
      known.get(field)?.type === 'keyword' &&
      met.length > 0 &&
      met.every((event) => textsOf(event, field).length === 1),
  );
  const groups = Map.groupBy(met, (event) => (by === undefined ? '' : textsOf(event, by)[0]));
  const counts = [...groups.values()].map((group) => greatestWithin(group.map(({ timeMs }) => timeMs)));
  return { name, wanted, by, count: met.length, greatest: Math.max(0, ...counts) };
}

function greatestWithin(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let greatest = 0;
  let first = 0;
  for (const [i, time] of sorted.entries()) {
    while (time - sorted[first]! >= WINDOW_MS) first += 1;
    greatest = Math.max(greatest, i - first + 1);
  }
  return greatest;
}

function textOf({ name, wanted, by, count, greatest }: Seen): string {
  const limit = greatest === 0 ? COUNT_MAX : Math.min(COUNT_MAX, greatest);
  const seen =
    count === 0 ? 'the sample has none' : `the sample has ${count}, at most ${greatest} within 5 minutes`;
  const group = by === undefined ? '' : `, ${by}: "a"`;
  return `# A first rule, made by \`tocsin init --from\` for the source ${name}: ${seen}.
# Say what it is about, whom it concerns and what to do then: \`owner\`, \`severity\`, \`runbook "runbooks/….md"\`.
rule first_${name.toLowerCase().replaceAll('-', '_')} "${wanted.title}" {
  severity medium
  owner    team-${name.toLowerCase()}
  from     ${name}
  when     ${wanted.condition}
  alert    count >= ${limit} within 5m${by === undefined ? '' : ` by ${by}`}
  resolve  after 10m
  test "${limit} of them" {
    at 0s x ${limit} every 1s { ${wanted.example}${group} }
    expect fire at ${limit - 1}s
  }
}
`;
}
