import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { batchOf } from '../../test/support/batches.ts';
import { rightClock } from '../../test/support/clock.ts';
import { seeded, type Random } from '../../test/support/timelines.ts';
import type { Config, SourceConfig } from '../config/config.ts';
import { parseConfig } from '../config/load.ts';
import { createDetector, type Detector } from '../detect/detector.ts';
import { rulesInput, type DetectInput } from '../detect/input.ts';
import type { StateStore, StoredPosition } from '../detect/store.ts';
import type { Transition } from '../event/alert.ts';
import { silent } from '../event/telemetry.ts';
import { unknownPartition } from '../ingest/source.ts';
import type { LogReader, LogSource } from '../ingest/source.ts';
import { compileMatcher } from '../match/matcher.ts';
import type { Ruleset } from '../rule/ast.ts';
import { startAlerting, type Alerting } from './alerting.ts';
import type { Engine } from './engine.ts';
import { readRuleTexts } from './rulebook.ts';
import type { OpenSource } from './sources.ts';

const nowMs = Date.parse('2026-11-27T12:00:00Z');
const minuteMs = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
});

afterEach(() => {
  vi.useRealTimers();
});

const rules = `rule unshipped {
  let paid = "payment succeeded"
  let shipped = "order shipped"
  alert paid not followed by shipped within 2h by order_id
}
rule silent {
  when heartbeat
  alert nothing for 2m by order_id
}
rule waits {
  when "lost"
  alert count >= 1 within 1m by order_id
}`;

function configOf(names: readonly string[]): { config: Config; ruleset: Ruleset } {
  const sources = names.map((name) => `  ${name}: { file: { path: 'logs/${name}.log' }, lateness: 5s }\n`);
  const text = `data_dir: ./data
sources:
${sources.join('')}fields: { order_id: { type: keyword }, message: { type: text } }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`;
  const { config } = parseConfig(text, '/tocsin.yaml', {});
  const { ruleset } = readRuleTexts(config!, [{ file: 'a.rule', text: rules }]);
  return { config: config!, ruleset: ruleset! };
}

/** What is told of the detector as the engine feeds it; nothing is kept on a disk. */
interface Fed {
  readonly detector: Detector;
  readonly transitions: Transition[];
  readonly engine: Engine;
  readonly store: StateStore;
}

function feed({ config, ruleset }: ReturnType<typeof configOf>): Fed {
  const detector = createDetector({ ...ruleset, rules: [] }, { sources: [] });
  const transitions: Transition[] = [...detector.step(rulesInput(ruleset, config.sources, nowMs, true))];
  const positions = new Map<string, StoredPosition>();
  const engine = {
    async take(input: DetectInput, moved?: Parameters<Engine['take']>[1]): Promise<void> {
      await Promise.resolve();
      transitions.push(...detector.step(input));
      if (moved !== undefined) positions.set(`${moved.source}/${moved.partition}`, moved.position);
    },
    backlog: detector,
  } as unknown as Engine;
  const store = {
    position: (source: string, partition: number) => positions.get(`${source}/${partition}`),
  } as unknown as StateStore;
  return { detector, transitions, engine, store };
}

interface FakeSource {
  /** Lines of each partition. */
  readonly partitions: readonly (readonly string[])[];
  /** Turns of the event loop until it is open, and further ones until its partitions are known. */
  readonly opensAfter: number;
  readonly knowsAfter: number;
  readonly mayHaveNone?: boolean;
  /** There may be partitions that it cannot see. */
  readonly isHidden?: boolean;
  /** When each line of a single partition is read; by default all are read in one go. */
  readonly clocks?: readonly number[];
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function fakeSource(config: SourceConfig, fake: FakeSource, random: Random): OpenSource {
  const source: LogSource = {
    name: config.name,
    finite: false,
    ...(fake.mayHaveNone !== undefined && { mayHaveNone: fake.mayHaveNone }),
    async open() {
      for (let i = 0; i < fake.opensAfter; i++) await turn();
      return fakeReader(config.name, fake, random);
    },
    close: () => Promise.resolve(),
  };
  return { config, source };
}

function fakeReader(source: string, fake: FakeSource, random: Random): LogReader {
  const read = fake.partitions.map(() => 0);
  let turns = 0;
  const isKnown = (): boolean => turns >= fake.knowsAfter;
  return {
    async next() {
      await turn();
      turns += 1;
      const ready = fake.partitions.flatMap((lines, i) => (read[i]! < lines.length ? [i] : []));
      if (!isKnown() || ready.length === 0) return undefined;
      const partition = random.pick(ready);
      const from = read[partition]!;
      const many = fake.clocks === undefined ? 1 + random.below(400) : 1;
      const lines = fake.partitions[partition]!.slice(from, from + many);
      read[partition] = from + lines.length;
      return batchOf(lines, 0, {
        source,
        partition,
        offsets: Float64Array.from(lines, (_, i) => from + i),
        readAtMs: fake.clocks?.[from] ?? nowMs,
        next: { offset: from + lines.length, proof: '' },
      });
    },
    partitions: () => {
      const hidden = { partition: unknownPartition, label: source, atEnd: false, unreachable: 'not now' };
      if (fake.isHidden === true) return [hidden];
      return isKnown()
        ? fake.partitions.map((lines, partition) => ({
            partition,
            label: `${source}-${partition}`,
            atEnd: read[partition] === lines.length,
          }))
        : [];
    },
    durable: () => undefined,
    hold: () => undefined,
    close: () => Promise.resolve(),
  };
}

const line = (ms: number, message: string, orderId: string): string =>
  JSON.stringify({ '@timestamp': new Date(ms).toISOString(), message, order_id: orderId });

/** Orders of five hours, each shipped 20 minutes after it was paid, but for one; by the number of the source. */
function orders(howMany: number): { readonly timeMs: number; readonly line: string; readonly of: number }[] {
  const events = [];
  for (let i = 0; i < 400; i++) {
    const paidMs = nowMs - 300 * minuteMs + i * 40_000;
    events.push({ timeMs: paidMs, line: line(paidMs, 'payment succeeded', `O${i}`), of: 0 });
    const shippedMs = paidMs + 20 * minuteMs;
    if (i !== 7)
      events.push({ timeMs: shippedMs, line: line(shippedMs, 'order shipped', `O${i}`), of: i % howMany });
  }
  return events.sort((a, b) => a.timeMs - b.timeMs);
}

async function stop(alerting: Alerting): Promise<void> {
  for (const loop of alerting.loops) loop.stop();
  await Promise.all(alerting.loops.map(({ ended }) => ended));
}

const fired = ({ transitions }: Fed): string[] =>
  transitions.filter(({ kind }) => kind === 'fired').map(({ episode }) => String(episode.group['order_id']));

it('tells nothing untrue at a first start over the history of one to five sources, in whatever order they open', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed);
    const names = ['pay', 'ship', 'stock', 'mail', 'web'].slice(0, 1 + random.below(5));
    const made = configOf(names);
    const fed = feed(made);
    const events = orders(names.length);
    const sources = made.config.sources.map((config, i) => {
      const partitions: string[][] = Array.from({ length: 1 + random.below(3) }, () => []);
      for (const event of events) if (event.of === i) random.pick(partitions).push(event.line);
      const fake = { partitions, opensAfter: random.below(8), knowsAfter: random.below(8) };
      return fakeSource(config, fake, random);
    });
    let read = 0;
    const onRead = (batch: { readonly events: number }): void => void (read += batch.events);
    const { schema } = made.config;
    const matcher = compileMatcher(made.ruleset);
    const alerting = await startAlerting({
      ...{ sources, schema, store: fed.store, engine: fed.engine, telemetry: silent, onRead },
      clock: rightClock(() => nowMs),
      matcher: () => matcher,
    });
    for (let i = 0; i < 1_000 && read < events.length; i++) await turn();
    await stop(alerting);
    expect([read, fired(fed)], `seed ${seed}`).toEqual([events.length, ['O7']]);
    expect(fed.detector.report().map(({ tooLate }) => tooLate)).toEqual([0, 0, 0]);
  }
});

/** Lines of a log as they are written: each is read at once, by this clock. */
async function live(lines: readonly { readonly nowMs: number; readonly line: string }[]): Promise<Fed> {
  const made = configOf(['pay']);
  const fed = feed(made);
  const matcher = compileMatcher(made.ruleset);
  const fake = { partitions: [lines.map(({ line: text }) => text)], opensAfter: 0, knowsAfter: 0 };
  const clocks = lines.map((each) => each.nowMs);
  const sources = [fakeSource(made.config.sources[0]!, { ...fake, clocks }, seeded(1))];
  let read = 0;
  const onRead = (batch: { readonly events: number }): void => void (read += batch.events);
  const alerting = await startAlerting({
    ...{
      sources,
      schema: made.config.schema,
      store: fed.store,
      engine: fed.engine,
      telemetry: silent,
      onRead,
    },
    clock: { ...rightClock(() => clocks[Math.min(read, clocks.length - 1)]!), steadyMs: () => 0 },
    matcher: () => matcher,
  });
  while (read < lines.length) await turn();
  await stop(alerting);
  return fed;
}

it('is not hurried by a host whose clock is ahead: nothing falls due in the future, and nobody else is too late', async () => {
  const of = (ms: number, message: string, host: string, aheadMs = 0): { nowMs: number; line: string } => ({
    nowMs: nowMs + ms,
    line: line(nowMs + ms + aheadMs, message, host),
  });
  const good = Array.from({ length: 60 }, (_, i) => of(i * 10_000, 'heartbeat', 'good'));
  good.splice(31, 0, of(301_000, 'lost', 'good'));
  const without = await live(good);
  const fast = [3, 20, 40].map((i) => of(i * 10_000, 'hello', 'fast', 240_000 + i));
  const withFast = await live([...good, ...fast].sort((a, b) => a.nowMs - b.nowMs));
  const told = ({ transitions }: Fed): unknown =>
    transitions.map(({ kind, settled, episode }) => [kind, settled, episode.rule, episode.firedAtMs]);
  expect(told(withFast)).toEqual(told(without));
  expect(told(without)).toEqual([
    ['fired', false, 'waits', nowMs + 301_000],
    ['fired', true, 'waits', nowMs + 301_000],
    ['resolved', true, 'waits', nowMs + 301_000],
  ]);
  expect(withFast.detector.reportOf('silent')).toMatchObject({
    tooLate: 0,
    settledMs: nowMs + 590_000 - 5_001,
  });
});

it('knows of a match that came too late what it would have changed', async () => {
  const of = (ms: number, message: string, readMs = ms): { nowMs: number; line: string } => ({
    nowMs: nowMs + readMs,
    line: line(nowMs + ms, message, 'O1'),
  });
  const fed = await live([
    of(0, 'hello'),
    of(60_000, 'hello'),
    of(50_000, 'lost', 61_000),
    of(150_000, 'hello'),
  ]);
  expect(fired(fed)).toEqual([]);
  expect(fed.detector.report().find(({ rule }) => rule === 'waits')!.late).toEqual({
    ...{ missed: 1, untrue: 0, unjudged: 0, latenessMs: 10_000 },
    example: { group: ['O1'], timeMs: nowMs + 50_000 },
  });
});

/** A source with a loss in it beside another one; gives what was settled a minute after the start, and later. */
async function besides(other: Omit<FakeSource, 'opensAfter'>): Promise<readonly (number | undefined)[]> {
  const made = configOf(['pay', 'other']);
  const fed = feed(made);
  const lost = { partitions: [[line(nowMs - 600_000, 'lost', 'O1')]], opensAfter: 0, knowsAfter: 0 };
  const sources = made.config.sources.map((config, i) =>
    fakeSource(config, i === 0 ? lost : { ...other, opensAfter: 0 }, seeded(1)),
  );
  const matcher = compileMatcher(made.ruleset);
  let clockMs = nowMs;
  const alerting = await startAlerting({
    ...{ sources, schema: made.config.schema, store: fed.store, engine: fed.engine, telemetry: silent },
    matcher: () => matcher,
    clock: rightClock(() => clockMs),
  });
  for (let i = 0; i < 20; i++) await turn();
  const settled: (number | undefined)[] = [];
  for (const afterMs of [0, 59_999, 60_000, 3_600_000]) {
    // No longer between two ticks than for a process that is awake.
    for (; clockMs < nowMs + afterMs; clockMs += 4_000) await alerting.tick();
    clockMs = nowMs + afterMs;
    await alerting.tick();
    settled.push(fed.detector.reportOf('waits')?.settledMs);
  }
  await stop(alerting);
  return settled;
}

it('does not wait for ever for a source that has no partition', async () => {
  const settled = await besides({ partitions: [], knowsAfter: 0, mayHaveNone: true });
  const idleMs = 65_000;
  expect(settled).toEqual([undefined, undefined, nowMs + 60_000 - idleMs, nowMs + 3_600_000 - idleMs]);
});

it('waits for a source that may have partitions it cannot see', async () => {
  const settled = await besides({ partitions: [], knowsAfter: 0, mayHaveNone: true, isHidden: true });
  expect(settled).toEqual([undefined, undefined, undefined, undefined]);
});

it('waits for a source whose partitions are not known yet', async () => {
  expect(await besides({ partitions: [[]], knowsAfter: Infinity })).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('calls no partition idle while a line of it is in hand, however long the disk is full', async () => {
  const made = configOf(['pay']);
  const { store } = feed(made);
  const asked: DetectInput[] = [];
  let isFull = false;
  const disk = Promise.withResolvers<undefined>();
  const engine = {
    async take(input: DetectInput): Promise<void> {
      asked.push(input);
      if (isFull) await disk.promise;
    },
    backlog: createDetector({ ...made.ruleset, rules: [] }, { sources: [] }),
  } as unknown as Engine;
  const lines: string[][] = [[]];
  const fake = { partitions: lines, opensAfter: 0, knowsAfter: 0 };
  let clockMs = nowMs;
  const alerting = await startAlerting({
    ...{ sources: [fakeSource(made.config.sources[0]!, fake, seeded(1))], schema: made.config.schema },
    ...{ store, engine, telemetry: silent, clock: rightClock(() => clockMs) },
    matcher: () => compileMatcher(made.ruleset),
  });
  await alerting.tick();
  isFull = true;
  // After a standstill the time is held before the line is judged, and that waits.
  clockMs += 10_000;
  lines[0]!.push(line(clockMs, 'lost', 'O1'));
  for (let i = 0; i < 5; i++) await turn();
  for (const untilMs = clockMs + 100_000; clockMs < untilMs; clockMs += 4_000) void alerting.tick();
  disk.resolve(undefined);
  for (let i = 0; i < 5; i++) await turn();
  await stop(alerting);
  expect(asked.map(({ kind }) => kind)).toContain('batch');
  expect(asked.filter((input) => input.kind === 'tick' && input.idle.length > 0)).toEqual([]);
});
