/** Writes a first rule that fits a log: what its lines tell of errors, counted by who writes them. */
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
  readonly isMet: (values: ReadonlyMap<string, readonly unknown[]>) => boolean;
}

const WINDOW_MS = 5 * 60_000;
const COUNT_MAX = 5;

const has = (values: ReadonlyMap<string, readonly unknown[]>, name: string, test: RegExp): boolean =>
  values.get(name)?.some((value) => test.test(String(value))) === true;

const BY_LEVEL: Wanted = {
  title: 'Errors in the log',
  condition: 'level:(ERROR OR FATAL)',
  example: 'level: ERROR',
  isMet: (values) => has(values, 'level', /^(?:ERROR|FATAL)$/u),
};
const BY_STATUS: Wanted = {
  title: 'Requests fail',
  condition: 'status:5*',
  example: 'status: "503"',
  isMet: (values) => has(values, 'status', /^5\d\d$/u),
};
const BY_WORDS: Wanted = {
  title: 'The log speaks of errors',
  condition: 'message:("error" OR "exception" OR "failed")',
  example: 'message: "order 7: error"',
  isMet: (values) => has(values, 'message', /\b(?:error|exception|failed)\b/iu),
};

export interface FirstRule {
  /** The name of the source that it reads. */
  readonly source: string;
  /** The text of its file. */
  readonly text: string;
}

/** Returns a rule for the log that has the greatest number of errors; undefined where no log has fields that tell of them. */
export function firstRule(logs: readonly RuleLog[], fields: readonly ProposedField[]): FirstRule | undefined {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const wanted = [
    ...(types.has('level') ? [BY_LEVEL] : []),
    ...(types.get('status') === 'keyword' ? [BY_STATUS] : []),
    ...(types.has('message') ? [BY_WORDS] : []),
  ];
  const found = wanted.map((each) =>
    logs.map((log) => seenIn(log, each, types)).reduce((a, b) => (b.count > a.count ? b : a)),
  );
  const chosen = found.find(({ count }) => count > 0) ?? found[0];
  return chosen === undefined ? undefined : { source: chosen.log.name, text: textOf(chosen) };
}

interface Seen {
  readonly log: RuleLog;
  readonly wanted: Wanted;
  readonly by: string | undefined;
  /** All that meet the condition, and the most of a group within the window. */
  readonly count: number;
  readonly greatest: number;
}

function seenIn(log: RuleLog, wanted: Wanted, types: ReadonlyMap<string, string>): Seen {
  const met = log.events.flatMap(({ event, fields }) => {
    const values = new Map(fields.map((field) => [field.name, field.values]));
    return wanted.isMet(values) ? [{ timeMs: event.timeMs, values }] : [];
  });
  const by = ['service', 'logger', 'app', 'host'].find(
    (name) =>
      types.get(name) === 'keyword' &&
      met.length > 0 &&
      met.every(({ values }) => values.get(name)?.length === 1),
  );
  const groups = Map.groupBy(met, ({ values }) => (by === undefined ? '' : String(values.get(by)![0])));
  const greatest = Math.max(
    0,
    ...[...groups.values()].map((events) => mostWithin(events.map(({ timeMs }) => timeMs))),
  );
  return { log, wanted, by, count: met.length, greatest };
}

function mostWithin(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let greatest = 0;
  let first = 0;
  for (const [i, time] of sorted.entries()) {
    while (time - sorted[first]! >= WINDOW_MS) first += 1;
    greatest = Math.max(greatest, i - first + 1);
  }
  return greatest;
}

function textOf({ log, wanted, by, count, greatest }: Seen): string {
  const limit = greatest === 0 ? COUNT_MAX : Math.min(COUNT_MAX, greatest);
  const seen =
    count === 0 ? 'the sample has none' : `the sample has ${count}, at most ${greatest} within 5 minutes`;
  const group = by === undefined ? '' : `, ${by}: "a"`;
  return `# A first rule, made by \`tocsin init --from\` for the source ${log.name}: ${seen}.
# Say what it is about, whom it concerns and what to do then: \`owner\`, \`severity\`, \`runbook "runbooks/….md"\`.
rule first_${log.name.toLowerCase().replaceAll('-', '_')} "${wanted.title}" {
  severity medium
  owner    team-${log.name.toLowerCase()}
  from     ${log.name}
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
