/**
 * Runs the inline tests of rules on the matcher and detector that `run` uses, with a simulated clock: 0s is 2000-01-01T00:00Z, nothing is
 * late, and time goes on until every deadline has run out. It reads no clock. The tests of one rule never see another rule.
 */
import type { Config, SourceConfig } from '../../config/config.ts';
import { createDetector } from '../../detect/detector.ts';
import type { Episode } from '../../event/alert.ts';
import { comparePositions, type Field, type LogEvent, type Schema, type Value } from '../../event/event.ts';
import { fieldValue, literalValue } from '../../event/field-value.ts';
import type { Match } from '../../event/match.ts';
import { decodeAfterTheFact } from '../../ingest/decode/after-the-fact.ts';
import { openReplay, replayOptions } from '../../ingest/replay.ts';
import { columnsOf } from '../../event/decoded-lines.ts';
import { compileEventMatcher } from '../../match/matcher.ts';
import type { Rule, RuleTest, TestEntry, TestStep } from '../../rule/ast.ts';
import { logInside } from '../../rule/folder.ts';
import { batchInput, decoderOf } from '../decoding.ts';
import { byFiring, keepFinal } from './evaluator.ts';
import { FixableError } from '../../event/fixable-error.ts';

export interface RuleTestResult {
  readonly rule: Rule;
  readonly test: RuleTest;
  /** Expectations that did not come true, in the order of the test; empty: the test has passed. */
  readonly unmet: readonly Expectation[];
  /** Final episodes in the order of firing. */
  readonly episodes: readonly Episode[];
  /** Sorted by time, then by position. `matches` have the same order. */
  readonly events: readonly LogEvent[];
  readonly matches: readonly Match[];
}

export type Expectation = Extract<TestStep, { kind: 'expect' }>;

/** The time 0s of a test, ms since epoch. */
export const TEST_START_MS = Date.UTC(2000, 0, 1);

/**
 * Runs one test. `folder`: the folder that paths of replayed files are relative to. Fails with FixableError where a file cannot be read.
 */
export async function runRuleTest(
  rule: Rule,
  test: RuleTest,
  config: Config,
  folder: string,
): Promise<RuleTestResult> {
  const { schema } = config;
  const source = sourceOf(rule, config);
  const events = await eventsOf(test, source, schema, folder);
  const ruleset = { rules: [rule], schema };
  const detector = createDetector(ruleset, {
    sources: config.sources.map(({ name }) => ({ name, latenessMs: 0 })),
    provisional: false,
  });
  const { matches } = compileEventMatcher(ruleset).match(events);
  const lastMs = events.at(-1)?.timeMs ?? TEST_START_MS;
  const clock = { source: source.name, partition: 0, readAtMs: lastMs };
  const transitions = [
    ...detector.step(batchInput(clock, { ...columnsOf(events), watermarkMs: lastMs }, matches)),
    ...detector.step({ kind: 'finalise', untilMs: 'end' }),
  ];
  const finals = new Map<string, Episode>();
  for (const transition of transitions) keepFinal(finals, transition);
  const episodes = byFiring(finals.values());
  const expected = test.steps.filter((step) => step.kind === 'expect');
  return {
    rule,
    test,
    unmet: expected.filter((step) => !isMet(step, episodes, schema)),
    episodes,
    events,
    matches,
  };
}

function sourceOf(rule: Rule, { sources }: Config): SourceConfig {
  return sources.find(({ name }) => name === rule.from[0]) ?? sources[0]!;
}

function isMet(step: Expectation, episodes: readonly Episode[], schema: Schema): boolean {
  if (step.outcome === 'nothing') {
    const afterMs = step.afterMs === undefined ? -Infinity : TEST_START_MS + step.afterMs;
    return !episodes.some(({ firedAtMs }) => firedAtMs !== undefined && firedAtMs > afterMs);
  }
  const { outcome, atMs, group = [] } = step;
  return episodes.some((episode) => {
    const reachedMs = outcome === 'fire' ? episode.firedAtMs : episode.resolvedAtMs;
    if (reachedMs === undefined || (atMs !== undefined && reachedMs !== TEST_START_MS + atMs)) return false;
    return group.every(({ field, value }) => {
      const declared = schema.byName.get(field.name);
      return declared !== undefined && episode.group[field.name] === literalValue(declared, value.text);
    });
  });
}

/** Returns all events of a test in the order of time. Where times are equal, events written in the test come after replayed ones. */
async function eventsOf(
  { steps }: RuleTest,
  source: SourceConfig,
  schema: Schema,
  folder: string,
): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  const files = steps.filter((step) => step.kind === 'replay').map(({ path }) => logOf(path, folder));
  let room = REPLAYED_MAX;
  for await (const event of replayed(files, source, schema)) {
    room -= event.line.length + PER_LINE;
    if (room < 0) throw tooMuchReplayed();
    events.push(event);
  }
  let offset = 0;
  for (const step of steps) {
    if (step.kind !== 'at') continue;
    for (let i = 0; i < step.times; i += 1) {
      const position = { source: source.name, partition: files.length, offset: offset++ };
      events.push(writtenEvent(step.event, TEST_START_MS + step.atMs + i * step.everyMs, position));
    }
  }
  return events.sort((a, b) => a.timeMs - b.timeMs || comparePositions(a.position, b.position));
}

/**
 * Maximum number of characters that a test may replay, and the number that each line counts in addition to its own. All lines are kept in
 * memory, and a compressed log may hold anything.
 */
const REPLAYED_MAX = 256 * 2 ** 20;
const PER_LINE = 512;

function logOf(path: string, folder: string): string {
  const found = logInside(folder, path);
  if (typeof found === 'string') return found;
  throw new FixableError('source', `${path} ${found.problem}`, found.fix);
}

function tooMuchReplayed(): FixableError {
  return new FixableError(
    'source',
    `a test replays more than ${REPLAYED_MAX} characters`,
    'shorten its logs to the lines that matter; `tocsin backtest` reads logs of any length',
  );
}

function writtenEvent(
  entries: readonly TestEntry[],
  timeMs: number,
  position: LogEvent['position'],
): LogEvent {
  const document = Object.fromEntries(entries.map(({ field, value }) => [field.name, value.text]));
  return {
    position,
    timeMs,
    timeInferred: false,
    timeliness: 'in_time',
    line: JSON.stringify(document),
    document,
    // A test names fields, not the paths where the fields are found in a line.
    values: (field: Field): readonly Value[] =>
      Object.hasOwn(document, field.name)
        ? fieldValue({ ...field, paths: [] }, { document: { [field.name]: document[field.name]! } }).values
        : [],
  };
}

/** Decodes the files by their source, as read at a time so late that no line is in the future. Late lines count as in time. */
async function* replayed(
  files: readonly string[],
  source: SourceConfig,
  schema: Schema,
): AsyncGenerator<LogEvent> {
  if (files.length === 0) return;
  const partitions = openReplay(files, replayOptions(source, END_OF_TIME_MS));
  const decoder = decoderOf(source, schema);
  for (const partition of partitions) {
    // Lines before the first line with a time have no time that a test could use.
    let hasBegun = false;
    for await (const { events } of decodeAfterTheFact(partition.batches(), decoder)) {
      for (const event of events) {
        hasBegun ||= !event.timeInferred;
        if (hasBegun) yield inTime(event);
      }
    }
  }
}

function inTime(event: LogEvent): LogEvent {
  if (event.timeliness === 'in_time') return event;
  return { ...event, timeliness: 'in_time', values: (field) => event.values(field) };
}

/**
 * The simulated time at which a file is replayed, later than any event. The modification time of a file still limits times without a year.
 */
const END_OF_TIME_MS = Date.UTC(9999, 11, 31);
