/**
 * The engine against the oracle: random rules over random worlds, cut into batches, restarted and replayed at random. The same
 * episodes to the millisecond, and what people were told and not told otherwise is what settled. TOCSIN_CASES: how many worlds in
 * all; TOCSIN_SEED: of the first.
 */
import { describe, expect, it } from 'vitest';
import type { Episode, Transition } from '../../src/event/alert.ts';
import { createDetector, restoreDetector, type Detector } from '../../src/detect/detector.ts';
import type { DetectInput } from '../../src/detect/input/input.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { holdsOverNothing, oracle, type OracleEpisode } from '../support/oracle.ts';
import { rulesetOf } from '../support/rules-by-hand.ts';
import { randomAggregateRule, randomFormRule, seeded, type Random } from '../support/timelines.ts';
import { randomSize, randomWorld, type Reign, type World } from '../support/worlds.ts';

const CASES = Number(process.env['TOCSIN_CASES'] ?? 1_500);
const FIRST_SEED = Number(process.env['TOCSIN_SEED'] ?? 1);

const FORMS = ['not_followed_by', 'then', 'all_of', 'stays', 'changes', 'new', 'nothing'] as const;

describe(`the engine agrees with the oracle (${CASES} worlds from seed ${FIRST_SEED})`, () => {
  const limitMs = 600_000 + CASES * 100;
  it('on aggregates', () => agree(Math.ceil(CASES * 0.3), sensibleAggregate), limitMs);
  it.each(FORMS)(
    'on %s',
    (form) => agree(Math.ceil(CASES * 0.1), (random, scaleMs) => randomFormRule(random, form, scaleMs)),
    limitMs,
  );
});

/** An empty window cannot complete an event. */
function sensibleAggregate(random: Random, scaleMs: number): Rule {
  for (;;) {
    const rule = randomAggregateRule(random, scaleMs);
    if (!rule.resolveNever || !holdsOverNothing(rule)) return rule;
  }
}

function agree(howMany: number, ruleOf: (random: Random, scaleMs: number) => Rule): void {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + howMany; seed++) {
    const random = seeded(seed);
    const size = randomSize(random);
    const world = randomWorld(random, size, (from) => ruleOf(from, size.scaleMs));
    const context = (): string => `seed ${seed}: ${describeWorld(world)}`;
    const isLarge = size.groups > 30;
    const run = runDetector(world, (percent) => random.chance(isLarge ? percent / 8 : percent), context);
    expectSame(inOrder(run.episodes.map(comparable)), inOrder(world.reigns.flatMap(episodesOf)), context);
    expectToldToBeTrue(run, context);
  }
}

/** What a rule came to while it was in force. */
function episodesOf({ rule, events, beganMs, endMs, ended }: Reign): readonly OracleEpisode[] {
  const finals = events.filter(({ timeMs }) => timeMs <= endMs);
  return oracle(rule, finals, endMs, beganMs <= endMs ? beganMs : Infinity).flatMap((episode) => {
    if (ended === undefined || episode.state === 'resolved') return [episode];
    if (episode.state === 'pending') return [];
    const resolvedAtMs = Math.max(endMs, episode.firedAtMs!);
    return [{ ...episode, state: 'resolved' as const, resolvedAtMs, reason: ended }];
  });
}

interface Run {
  /** As they settled. */
  readonly episodes: readonly Episode[];
  readonly transitions: readonly Transition[];
  /** Those of them that ended, with its rule, what was told and had not settled: nobody knows whether it should have been. */
  readonly endedAsTold: ReadonlySet<Transition>;
}

/**
 * Three detectors side by side: one lives through, one is restarted now and then, one is saved part by part while it goes on. They
 * must never differ.
 */
function runDetector(world: World, chance: (percent: number) => boolean, context: () => string): Run {
  const whole = createDetector(rulesetOf(world.reigns[0].rule), world);
  let restarted: Detector = createDetector(rulesetOf(world.reigns[0].rule), world);
  const saver = createSaver(world);
  const transitions: Transition[] = [];
  const endedAsTold = new Set<Transition>();
  const known = new Set<string>();
  for (const input of world.inputs) {
    const made = whole.step(input);
    for (const transition of made) {
      // A change of rules settles nothing.
      if (input.kind === 'rules' && !known.has(transition.episode.alertId)) endedAsTold.add(transition);
      else if (transition.isFinal) known.add(transition.episode.alertId);
    }
    expectSame(restarted.step(input), made, context);
    transitions.push(...made);
    const saved = saver.step(input, chance(50));
    if (saved !== undefined && !isSameState(saved, whole))
      expect.fail(`What was saved meanwhile differs. ${context()}`);
    if (!chance(15)) continue;
    restarted = restoreDetector(restarted.checkpoint());
    if (!isSameState(restarted, whole)) expect.fail(`The restarted state differs. ${context()}`);
  }
  const finals = new Map<string, Episode>();
  for (const transition of transitions)
    if (transition.isFinal && transition.kind !== 'withdrawn' && !endedAsTold.has(transition))
      finals.set(transition.episode.alertId, transition.episode);
  // As they stand at the end of the input.
  for (const episode of whole.current()) finals.set(episode.alertId, episode);
  return { episodes: [...finals.values()], transitions, endedAsTold };
}

const isSameState = (a: Detector, b: Detector): boolean =>
  Buffer.compare(Buffer.concat([...a.checkpoint()]), Buffer.concat([...b.checkpoint()])) === 0;

/** A detector that is always being saved; whenever that is done, one that was started from it and replayed what came since. */
function createSaver(world: World): { step(input: DetectInput, takePart: boolean): Detector | undefined } {
  const detector = createDetector(rulesetOf(world.reigns[0].rule), world);
  let parts: Uint8Array[] = [];
  let since: DetectInput[] = [];
  let checkpoint = detector.checkpoint();
  return {
    step(input, takePart) {
      since.push(input);
      detector.step(input);
      if (!takePart) return undefined;
      const part = checkpoint.next();
      if (part !== undefined) parts.push(part);
      if (part !== undefined && !checkpoint.isComplete) return undefined;
      const again = checkpoint.isComplete ? restoreDetector(parts) : undefined;
      if (again !== undefined) for (const each of since) again.step(each);
      [parts, since, checkpoint] = [[], [], detector.checkpoint()];
      return again;
    },
  };
}

/** `expect` is slow on thousands of equal things: it is asked only where they differ. */
function expectSame(actual: unknown, expected: unknown, context: () => string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, context()).toEqual(expected);
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
  const key = ({ group, pendingAtMs, firedAtMs, first }: OracleEpisode): string =>
    `${group} ${String(firedAtMs ?? pendingAtMs).padStart(9)} ${first}`;
  return episodes
    .map((episode) => ({ episode, by: key(episode) }))
    .sort((a, b) => (a.by < b.by ? -1 : 1))
    .map(({ episode: { group, state, ...rest } }) => {
      const { pendingAtMs, firedAtMs, resolvedAtMs, reason, count, suppressed, first } = rest;
      return {
        group,
        state,
        ...(pendingAtMs !== undefined && { pendingAtMs }),
        ...(firedAtMs !== undefined && { firedAtMs }),
        ...(resolvedAtMs !== undefined && { resolvedAtMs }),
        ...(reason !== undefined && { reason }),
        count,
        suppressed,
        first,
      };
    });
}

/** Per thread, what was last announced is what settled; every settled firing was announced once. */
function expectToldToBeTrue({ transitions, endedAsTold }: Run, context: () => string): void {
  const told = new Map<string, string>();
  const truth = new Map<string, string>();
  const what = ({ alertId, firedAtMs, pendingAtMs }: Episode): string =>
    `${alertId} ${pendingAtMs} ${firedAtMs}`;
  for (const transition of transitions) {
    const { kind, isFinal, announce, threadId, episode } = transition;
    if (kind === 'fired' && announce) {
      if (told.has(threadId)) expect.fail(`Told anew. ${context()}`);
      told.set(threadId, what(episode));
    }
    if (kind === 'amended') told.set(threadId, what(episode));
    if (kind === 'withdrawn') told.delete(threadId);
    if (kind === 'resolved' && !told.has(threadId)) expect.fail(`Resolved what was not told. ${context()}`);
    const isFiring = kind === 'fired' || kind === 'amended';
    if (isFinal && (isFiring || endedAsTold.has(transition))) truth.set(threadId, what(episode));
  }
  expectSame([...told].sort(), [...truth].sort(), context);
}

function describeWorld({ sources, reigns, inputs }: World): string {
  const rules = reigns.map(({ rule, beganMs, endMs, ended = 'to the end' }) => {
    const { forMs, resolveNever, resolveAfterMs, cooldownMs, from, alert } = rule;
    const clauses = { forMs, resolveNever, resolveAfterMs, cooldownMs, from, alert };
    const text = JSON.stringify(clauses, (key, value: unknown) => (key === 'span' ? undefined : value));
    return `${text} from ${beganMs}, settled up to ${endMs}, ${ended}`;
  });
  const rows = inputs.map((input) => {
    if (input.kind === 'rules') return `rules ${input.rules.map(({ meaning }) => meaning).join()}`;
    if (input.kind !== 'batch') return JSON.stringify(input);
    const { matches, ...batch } = input;
    const events = [...matches].map(({ timeMs, position, conditions, group, values }) =>
      ['  ', timeMs, position.offset, ...group, ...conditions, JSON.stringify(values)].join(' '),
    );
    return [JSON.stringify(batch), ...events].join('\n');
  });
  return [JSON.stringify(sources), ...rules, ...rows].join('\n').slice(0, 20_000);
}
