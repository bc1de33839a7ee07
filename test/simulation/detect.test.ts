/**
 * The engine against the oracle: random rules over random timelines, cut into batches, restarted and replayed at random. The
 * same episodes to the millisecond, and what people were told and not told otherwise is what settled. TOCSIN_CASES, TOCSIN_SEED.
 */
import { describe, expect, it } from 'vitest';
import type { Episode, Transition } from '../../src/event/alert.ts';
import { createDetector, restoreDetector, type Detector } from '../../src/detect/detector.ts';
import { rulesInput, type DetectInput } from '../../src/detect/input.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { holdsOverNothing, oracle, type OracleEpisode } from '../support/oracle.ts';
import { rulesetOf } from '../support/rules-by-hand.ts';
import {
  latenessMs,
  randomAggregateRule,
  randomFormRule,
  randomTimeline,
  seeded,
  type Random,
  type Timeline,
} from '../support/timelines.ts';

const cases = Number(process.env['TOCSIN_CASES'] ?? 500);
const firstSeed = Number(process.env['TOCSIN_SEED'] ?? 1);
const sources = [{ name: 'orders', latenessMs }];

const forms = ['not_followed_by', 'then', 'all_of', 'stays', 'changes', 'new', 'nothing'] as const;

describe(`the engine agrees with the oracle (${cases} cases from seed ${firstSeed})`, () => {
  it('on aggregates', () => agree(cases, randomAggregateRule, ['failed']), 600_000);

  it.each(forms)(
    'on %s',
    (form) => {
      agree(Math.ceil(cases / 4), (random) => randomFormRule(random, form), ['a', 'b', 'c', 'u']);
    },
    600_000,
  );
});

it('editing a rule under load loses no window that its meaning keeps', () => {
  for (let seed = firstSeed; seed < firstSeed + Math.ceil(cases / 5); seed++) {
    const random = seeded(seed);
    const rule = randomAggregateRule(random);
    if (rule.resolveNever && holdsOverNothing(rule)) continue;
    const timeline = randomTimeline(random, rule, ['failed']);
    const inputs = timeline.inputs.flatMap((input): DetectInput[] => {
      const edited = { ...rule, severity: random.pick(['low', 'high'] as const), title: `edit ${seed}` };
      return random.chance(40) ? [input, rulesInput(rulesetOf(edited), sources, 1)] : [input];
    });
    const context = `seed ${seed}: ${describeCase(rule, timeline)}`;
    const run = runDetector(rule, { ...timeline, inputs }, true, () => false, context);
    expectSame(
      inOrder(run.episodes.map(comparable)),
      inOrder(oracle(rule, timeline.events, Infinity)),
      context,
    );
  }
}, 600_000);

function agree(howMany: number, ruleOf: (random: Random) => Rule, lets: readonly string[]): void {
  for (let seed = firstSeed; seed < firstSeed + howMany; seed++) {
    const random = seeded(seed);
    const rule = ruleOf(random);
    // An empty window cannot complete an event.
    if (rule.alert.kind === 'aggregate' && rule.resolveNever && holdsOverNothing(rule)) continue;
    const timeline = randomTimeline(random, rule, lets);
    const isToTheEnd = random.chance(70);
    const endMs = isToTheEnd ? Infinity : Math.max(...timeline.events.map(({ timeMs }) => timeMs));
    const expected = oracle(rule, timeline.events, endMs);
    const context = `seed ${seed}: ${describeCase(rule, timeline)}`;
    const run = runDetector(rule, timeline, isToTheEnd, (percent) => random.chance(percent), context);
    expectSame(inOrder(run.episodes.map(comparable)), inOrder(expected), context);
    expectToldToBeTrue(run.transitions, context);
  }
}

interface Run {
  readonly episodes: readonly Episode[];
  readonly transitions: readonly Transition[];
}

/**
 * Three detectors side by side: one lives through, one is restarted now and then, one is saved part by part while it goes on. They
 * must never differ.
 */
function runDetector(
  rule: Rule,
  { inputs }: Timeline,
  isToTheEnd: boolean,
  chance: (percent: number) => boolean,
  context: string,
): Run {
  const whole = createDetector(rulesetOf(rule), { sources });
  let restarted: Detector = createDetector(rulesetOf(rule), { sources });
  const saver = createSaver(rule);
  const transitions: Transition[] = [];
  for (const input of [...inputs, { kind: 'settle', untilMs: isToTheEnd ? 'end' : 'last' } as const]) {
    const made = whole.step(input);
    expectSame(restarted.step(input), made, context);
    transitions.push(...made);
    const saved = saver.step(input, chance(50));
    if (saved !== undefined && !isSameState(saved, whole))
      expect.fail(`What was saved meanwhile differs. ${context}`);
    if (!chance(15)) continue;
    const parts = [...restarted.snapshot()];
    restarted = restoreDetector(parts);
    if (!isSameState(restarted, whole)) expect.fail(`The restarted state differs. ${context}`);
  }
  const settled = new Map<string, Episode>();
  for (const { kind, settled: isSettled, episode } of transitions)
    if (isSettled && kind !== 'withdrawn') settled.set(episode.alertId, episode);
  // As they stand at the end of the input.
  for (const episode of whole.current()) settled.set(episode.alertId, episode);
  return { episodes: [...settled.values()], transitions };
}

const isSameState = (a: Detector, b: Detector): boolean =>
  Buffer.compare(Buffer.concat([...a.snapshot()]), Buffer.concat([...b.snapshot()])) === 0;

/** A detector that is always being saved; whenever that is done, one that was started from it and replayed what came since. */
function createSaver(rule: Rule): { step(input: DetectInput, takePart: boolean): Detector | undefined } {
  const detector = createDetector(rulesetOf(rule), { sources });
  let parts: Uint8Array[] = [];
  let since: DetectInput[] = [];
  let snapshot = detector.snapshot();
  return {
    step(input, takePart) {
      since.push(input);
      detector.step(input);
      if (!takePart) return undefined;
      const part = snapshot.next();
      if (part !== undefined) parts.push(part);
      if (part !== undefined && !snapshot.isComplete) return undefined;
      const again = snapshot.isComplete ? restoreDetector(parts) : undefined;
      if (again !== undefined) for (const each of since) again.step(each);
      [parts, since, snapshot] = [[], [], detector.snapshot()];
      return again;
    },
  };
}

/** `expect` is slow on thousands of equal things: it is asked only where they differ. */
function expectSame(actual: unknown, expected: unknown, context: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, context).toEqual(expected);
}

function comparable(episode: Episode): OracleEpisode {
  const { group, state, pendingAtMs, firedAtMs, resolvedAtMs, reason, count, suppressed, firstEvent } =
    episode;
  const { source, partition, offset } = firstEvent.position;
  return {
    group: JSON.stringify(Object.values(group)),
    state,
    ...(pendingAtMs !== undefined && { pendingAtMs }),
    ...(firedAtMs !== undefined && { firedAtMs }),
    ...(resolvedAtMs !== undefined && { resolvedAtMs }),
    ...(reason !== undefined && { reason }),
    count,
    suppressed,
    first: `${source}/${partition}/${offset}@${firstEvent.timeMs}`,
  };
}

function inOrder(episodes: readonly OracleEpisode[]): readonly OracleEpisode[] {
  const key = ({ group, pendingAtMs, firedAtMs }: OracleEpisode): string =>
    `${group} ${String(firedAtMs ?? pendingAtMs).padStart(9)}`;
  return [...episodes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Per thread, what was last announced is what settled; every settled firing was announced once. */
function expectToldToBeTrue(transitions: readonly Transition[], context: string): void {
  const told = new Map<string, string>();
  const truth = new Map<string, string>();
  const what = ({ alertId, firedAtMs, pendingAtMs }: Episode): string =>
    `${alertId} ${pendingAtMs} ${firedAtMs}`;
  for (const { kind, settled, announce, threadId, episode } of transitions) {
    if (kind === 'fired' && announce) {
      if (told.has(threadId)) expect.fail(`Told anew. ${context}`);
      told.set(threadId, what(episode));
    }
    if (kind === 'amended') told.set(threadId, what(episode));
    if (kind === 'withdrawn') told.delete(threadId);
    if (kind === 'resolved' && !told.has(threadId)) expect.fail(`Resolved what was not told. ${context}`);
    if (settled && (kind === 'fired' || kind === 'amended')) truth.set(threadId, what(episode));
  }
  expectSame([...told].sort(), [...truth].sort(), context);
}

function describeCase(rule: Rule, { events }: Timeline): string {
  const shown = events.map(({ timeMs, partition, offset, group, isWhen, lets, values }) =>
    [
      timeMs,
      `${partition}/${offset}`,
      ...(group ?? ['no group']),
      isWhen ? 'when' : '-',
      ...lets,
      JSON.stringify(values),
    ].join(' '),
  );
  const { forMs, resolveNever, resolveAfterMs, cooldownMs } = rule;
  const clauses = JSON.stringify({ forMs, resolveNever, resolveAfterMs, cooldownMs });
  const alert = JSON.stringify(rule.alert, (key, value: unknown) => (key === 'span' ? undefined : value));
  return [clauses, alert, ...shown].join('\n');
}
