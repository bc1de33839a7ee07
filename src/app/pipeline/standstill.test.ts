import { expect, it } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { configOf, fakeSource, feed, line, NOW_MS, stop, turn } from '../../../test/support/fed-alerting.ts';
import { seeded } from '../../../test/support/timelines.ts';
import type { SourceConfig } from '../../config/config.ts';
import { createDetector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import { silent } from '../../event/telemetry.ts';
import { compileMatcher } from '../../match/matcher.ts';
import { startAlerting } from './alerting.ts';
import type { Engine } from '../types.ts';
import type { OpenSource } from './sources.ts';

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
    buffered: createDetector({ ...made.ruleset, rules: [] }, { sources: [] }),
  } as unknown as Engine;
  const lines: string[][] = [[]];
  const fake = { partitions: lines, opensAfter: 0, knowsAfter: 0 };
  let clockMs = NOW_MS;
  const alerting = await startAlerting({
    sources: [fakeSource(made.config.sources[0]!, fake, seeded(1))],
    schema: made.config.schema,
    store,
    engine,
    telemetry: silent,
    clock: rightClock(() => clockMs),
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

it('knows of the partitions that have come during a standstill before anything of another one is judged', async () => {
  const made = configOf(['pay', 'ship']);
  const { store } = feed(made);
  const asked: DetectInput[] = [];
  const engine = {
    take: (input: DetectInput) => Promise.resolve(void asked.push(input)),
    buffered: createDetector({ ...made.ruleset, rules: [] }, { sources: [] }),
  } as unknown as Engine;
  const [pay, ship] = made.config.sources as [SourceConfig, SourceConfig];
  const lines: string[][] = [[]];
  const shipped: string[][] = [[]];
  const other = fakeSource(ship, { partitions: shipped, opensAfter: 0, knowsAfter: 0 }, seeded(1));
  const growing: OpenSource = {
    config: ship,
    source: {
      ...other.source,
      async open(options) {
        const reader = await other.source.open(options);
        return {
          ...reader,
          async look() {
            await turn();
            shipped[1] = [];
          },
        };
      },
    },
  };
  let clockMs = NOW_MS;
  const alerting = await startAlerting({
    sources: [fakeSource(pay, { partitions: lines, opensAfter: 0, knowsAfter: 0 }, seeded(1)), growing],
    schema: made.config.schema,
    store,
    engine,
    telemetry: silent,
    clock: rightClock(() => clockMs),
    matcher: () => compileMatcher(made.ruleset),
  });
  await alerting.tick();
  asked.length = 0;
  clockMs += 10_000;
  lines[0]!.push(line(clockMs, 'lost', 'O1'));
  // Whoever notices the standstill first, both wait for the look.
  void alerting.tick();
  for (let i = 0; i < 10; i++) await turn();
  await stop(alerting);
  expect(
    asked.map((input) => [input.kind, ...(input.kind === 'partitions' ? input.partitions : [])]),
  ).toEqual([['tick'], ['partitions', 0, 1], ['batch']]);
});
