import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import {
  configOf,
  fakeSource,
  feed,
  line,
  NOW_MS,
  stop,
  turn,
  type FakeSource,
  type Fed,
} from '../../../test/support/fed-alerting.ts';
import { seeded } from '../../../test/support/timelines.ts';
import { silent } from '../../event/telemetry.ts';
import { compileMatcher } from '../../match/matcher.ts';
import { startAlerting } from './alerting.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Orders of five hours, each shipped 20 minutes after it was paid, but for one; by the number of the source. */
function orders(howMany: number): { readonly timeMs: number; readonly line: string; readonly of: number }[] {
  const events = [];
  for (let i = 0; i < 400; i++) {
    const paidMs = NOW_MS - 300 * MINUTE_MS + i * 40_000;
    events.push({ timeMs: paidMs, line: line(paidMs, 'payment succeeded', `O${i}`), of: 0 });
    const shippedMs = paidMs + 20 * MINUTE_MS;
    if (i !== 7)
      events.push({ timeMs: shippedMs, line: line(shippedMs, 'order shipped', `O${i}`), of: i % howMany });
  }
  return events.sort((a, b) => a.timeMs - b.timeMs);
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
      sources,
      schema,
      store: fed.store,
      engine: fed.engine,
      telemetry: silent,
      onRead,
      clock: rightClock(() => NOW_MS),
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
    sources,
    schema: made.config.schema,
    store: fed.store,
    engine: fed.engine,
    telemetry: silent,
    onRead,
    clock: { ...rightClock(() => clocks[Math.min(read, clocks.length - 1)]!), steadyMs: () => 0 },
    matcher: () => matcher,
  });
  while (read < lines.length) await turn();
  await stop(alerting);
  return fed;
}

it('is not hurried by a host whose clock is ahead: nothing falls due in the future, and nobody else is too late', async () => {
  const of = (ms: number, message: string, host: string, aheadMs = 0): { nowMs: number; line: string } => ({
    nowMs: NOW_MS + ms,
    line: line(NOW_MS + ms + aheadMs, message, host),
  });
  const good = Array.from({ length: 60 }, (_, i) => of(i * 10_000, 'heartbeat', 'good'));
  good.splice(31, 0, of(301_000, 'lost', 'good'));
  const without = await live(good);
  const fast = [3, 20, 40].map((i) => of(i * 10_000, 'hello', 'fast', 240_000 + i));
  const withFast = await live([...good, ...fast].sort((a, b) => a.nowMs - b.nowMs));
  const told = ({ transitions }: Fed): unknown =>
    transitions.map(({ kind, isFinal, episode }) => [kind, isFinal, episode.rule, episode.firedAtMs]);
  expect(told(withFast)).toEqual(told(without));
  expect(told(without)).toEqual([
    ['fired', false, 'waits', NOW_MS + 301_000],
    ['fired', true, 'waits', NOW_MS + 301_000],
    ['resolved', true, 'waits', NOW_MS + 301_000],
  ]);
  expect(withFast.detector.reportOf('silent')).toMatchObject({
    tooLate: 0,
    finalMs: NOW_MS + 590_000 - 5_001,
  });
});

it('knows of a match that came too late what it would have changed', async () => {
  const of = (ms: number, message: string, readMs = ms): { nowMs: number; line: string } => ({
    nowMs: NOW_MS + readMs,
    line: line(NOW_MS + ms, message, 'O1'),
  });
  const fed = await live([
    of(0, 'hello'),
    of(60_000, 'hello'),
    of(50_000, 'lost', 61_000),
    of(150_000, 'hello'),
  ]);
  expect(fired(fed)).toEqual([]);
  expect(fed.detector.report().find(({ rule }) => rule === 'waits')!.late).toEqual({
    missed: 1,
    untrue: 0,
    unjudged: 0,
    latenessMs: 10_000,
    example: { group: ['O1'], timeMs: NOW_MS + 50_000 },
  });
});

/** A source with a loss in it beside another one; gives what was settled a minute after the start, and later. */
async function besides(other: Omit<FakeSource, 'opensAfter'>): Promise<readonly (number | undefined)[]> {
  const made = configOf(['pay', 'other']);
  const fed = feed(made);
  const lost = { partitions: [[line(NOW_MS - 600_000, 'lost', 'O1')]], opensAfter: 0, knowsAfter: 0 };
  const sources = made.config.sources.map((config, i) =>
    fakeSource(config, i === 0 ? lost : { ...other, opensAfter: 0 }, seeded(1)),
  );
  const matcher = compileMatcher(made.ruleset);
  let clockMs = NOW_MS;
  const alerting = await startAlerting({
    sources,
    schema: made.config.schema,
    store: fed.store,
    engine: fed.engine,
    telemetry: silent,
    matcher: () => matcher,
    clock: rightClock(() => clockMs),
  });
  for (let i = 0; i < 20; i++) await turn();
  const isFinal: (number | undefined)[] = [];
  for (const afterMs of [0, 59_999, 60_000, 3_600_000]) {
    // No longer between two ticks than for a process that is awake.
    for (; clockMs < NOW_MS + afterMs; clockMs += 4_000) await alerting.tick();
    clockMs = NOW_MS + afterMs;
    await alerting.tick();
    isFinal.push(fed.detector.reportOf('waits')?.finalMs);
  }
  await stop(alerting);
  return isFinal;
}

it('does not wait for ever for a source that has no partition', async () => {
  const isFinal = await besides({ partitions: [], knowsAfter: 0, mayHaveNone: true });
  const idleMs = 65_000;
  expect(isFinal).toEqual([undefined, undefined, NOW_MS + 60_000 - idleMs, NOW_MS + 3_600_000 - idleMs]);
});

it('waits for a source that may have partitions it cannot see', async () => {
  const isFinal = await besides({ partitions: [], knowsAfter: 0, mayHaveNone: true, isHidden: true });
  expect(isFinal).toEqual([undefined, undefined, undefined, undefined]);
});

it('waits for a source whose partitions are not known yet', async () => {
  expect(await besides({ partitions: [[]], knowsAfter: Infinity })).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
