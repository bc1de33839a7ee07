import { expect, test } from 'vitest';
import type { Episode, Transition } from '../../event/alert.ts';
import { createSelfWatch, type SelfWatch } from './self-alerts.ts';
import type { Trouble } from './conditions.ts';

const HOLD_MS = 60_000;
const lag = (source = 'orders', behindMs = 1): Trouble => ({
  rule: 'tocsin_lag',
  group: { source },
  figures: { behind_ms: behindMs },
});
const silence = (sinceMs: number): Trouble => ({
  rule: 'tocsin_source_silent',
  group: { source: 'orders' },
  sinceMs,
  isCertain: true,
  figures: {},
});

const kinds = (transitions: readonly Transition[]): readonly string[] =>
  transitions.map(({ kind, episode }) => `${kind} ${episode.rule} ${Object.values(episode.group).join()}`);

function told(watch: SelfWatch, trouble: Trouble, atMs: number): Episode {
  watch.step([trouble], atMs - HOLD_MS);
  return watch.step([trouble], atMs)[0]!.episode;
}

test('a trouble is told once, after it has been there without a break for the hold', () => {
  const watch = createSelfWatch([], HOLD_MS);
  expect(watch.step([lag()], 0)).toEqual([]);
  expect(watch.step([], 30_000)).toEqual([]);
  expect(watch.step([lag()], 35_000)).toEqual([]);
  expect(watch.step([lag()], 90_000)).toEqual([]);
  expect(kinds(watch.step([lag()], 95_000))).toEqual(['fired tocsin_lag orders']);
  expect(watch.step([lag()], 500_000)).toEqual([]);
});

test('how long it lasts is measured by the steady clock: a clock that is set neither hurries nor delays it', () => {
  const watch = createSelfWatch([], 10_000);
  const trouble = { rule: 'tocsin_lag', group: { source: 'a' }, figures: {} } as const;
  const kinds = (at: { now: number; steady: number }, there: boolean): readonly string[] =>
    watch.step(there ? [trouble] : [], at.now, at.steady).map(({ kind }) => kind);
  expect(kinds({ now: 0, steady: 0 }, true)).toEqual([]);
  expect(kinds({ now: 3_600_000, steady: 5_000 }, true)).toEqual([]);
  expect(kinds({ now: 0, steady: 10_000 }, true)).toEqual(['fired']);
  expect(kinds({ now: 0, steady: 11_000 }, false)).toEqual([]);
  expect(kinds({ now: -3_600_000, steady: 21_000 }, false)).toEqual(['resolved']);
});

test('it is over only when it has stayed away for the hold, as of the time it went', () => {
  const watch = createSelfWatch([], HOLD_MS);
  const { alertId } = told(watch, lag(), 100_000);
  expect(watch.step([], 110_000)).toEqual([]);
  expect(watch.step([lag()], 160_000)).toEqual([]);
  expect(watch.step([], 200_000)).toEqual([]);
  const [over] = watch.step([], 260_000);
  expect(over).toMatchObject({
    kind: 'resolved',
    threadId: alertId,
    episode: { alertId, state: 'resolved', resolvedAtMs: 200_000, reason: 'healed' },
  });
  expect(watch.step([], 900_000)).toEqual([]);
});

test('what has been waited for already is told at once, with the time it began', () => {
  const [fired] = createSelfWatch([], HOLD_MS).step([silence(5_000)], 905_000);
  expect(fired).toMatchObject({
    kind: 'fired',
    announce: true,
    episode: { pendingAtMs: 5_000, firedAtMs: 905_000, firstEvent: { timeMs: 5_000 }, severity: 'high' },
  });
});

test('each group has an alert of its own', () => {
  const watch = createSelfWatch([], HOLD_MS);
  watch.step([lag('a'), lag('b')], 0);
  expect(kinds(watch.step([lag('a'), lag('b')], HOLD_MS))).toEqual([
    'fired tocsin_lag a',
    'fired tocsin_lag b',
  ]);
  watch.step([lag('b')], 100_000);
  expect(kinds(watch.step([lag('b')], 160_000))).toEqual(['resolved tocsin_lag a']);
});

test('after a restart an open alert is neither told again nor lost', () => {
  const open = told(createSelfWatch([], HOLD_MS), lag(), 100_000);
  const still = createSelfWatch([open], HOLD_MS);
  expect(still.step([lag()], 200_000)).toEqual([]);
  expect(still.step([lag()], 400_000)).toEqual([]);
  const over = createSelfWatch([open], HOLD_MS);
  expect(over.step([], 200_000)).toEqual([]);
  const [resolved] = over.step([], 260_000);
  expect(resolved).toMatchObject({ kind: 'resolved', threadId: open.alertId });
});

test('the same inputs give the same id, and a trouble that comes again another one', () => {
  const first = told(createSelfWatch([], HOLD_MS), lag(), 100_000);
  expect(told(createSelfWatch([], HOLD_MS), lag('orders', 77), 100_000).alertId).toBe(first.alertId);
  const watch = createSelfWatch([first], HOLD_MS);
  watch.step([], 200_000);
  watch.step([], 260_000);
  expect(told(watch, lag(), 400_000).alertId).not.toBe(first.alertId);
});

test('the end says how it was at the last', () => {
  const watch = createSelfWatch([], HOLD_MS);
  told(watch, lag('orders', 10), 100_000);
  watch.step([lag('orders', 99)], 105_000);
  watch.step([], 110_000);
  expect(watch.step([], 170_000)[0]!.episode.figures).toEqual({ behind_ms: 99 });
});

test('of what is no longer watched nobody says that it is well again', () => {
  const watch = createSelfWatch([], HOLD_MS);
  watch.step([silence(0)], 0);
  const gone = (): boolean => false;
  expect(watch.step([], 1, 1, gone)).toEqual([]);
  expect(watch.step([], 1 + HOLD_MS, 1 + HOLD_MS, gone)).toMatchObject([
    { kind: 'resolved', episode: { reason: 'removed', state: 'resolved', resolvedAtMs: 1 } },
  ]);
});
