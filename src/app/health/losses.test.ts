import { expect, test } from 'vitest';
import { mulberry32 } from '../../../test/support/timelines.ts';
import type { LossRow } from '../../detect/store/notes.ts';
import type { RuleReport } from '../../detect/rule-report.ts';
import { silent } from '../../event/telemetry.ts';
import { LOSS_KEPT_MS } from './loss-kinds.ts';
import { createLosses, reportCounts } from './losses.ts';

const MINUTE_MS = 60_000;
const future: LossRow = { counter: 'matches_future', labels: { rule: 'a' }, firstMs: 0, lastMs: 0, count: 1 };
const anHour = (): number => 1_000;

function world(kept: readonly LossRow[] = []) {
  const clock = { ms: 0 };
  const losses = createLosses(kept, () => clock.ms);
  const telemetry = losses.watching(silent);
  const shown = () =>
    losses.current(clock.ms, anHour).map(({ kind, count, isTold }) => [kind.reason, count, isTold]);
  return { clock, losses, telemetry, shown };
}

const report = (droppedGroups: number, tooLate = 0, cut = 0): readonly RuleReport[] => [
  {
    rule: 'a',
    meaning: 'm',
    groups: 1,
    waiting: 0,
    warmingUp: 0,
    stateBytes: 0,
    droppedGroups,
    tooLate,
    cut,
  },
];

test('counts go on to where they went before, and those of work are no loss', () => {
  const counted: unknown[] = [];
  const telemetry = createLosses([], () => 0).watching({
    ...silent,
    count: (...args) => void counted.push(args),
  });
  telemetry.count('events_in', { source: 'a', reader: 'alert' }, 3);
  telemetry.count('lines_lost', { source: 'a', reader: 'alert' });
  expect(counted).toEqual([
    ['events_in', { source: 'a', reader: 'alert' }, 3],
    ['lines_lost', { source: 'a', reader: 'alert' }, 1],
  ]);
});

test('what is counted adds up by counter and labels', () => {
  const { clock, losses, telemetry } = world();
  clock.ms = 100;
  telemetry.count('lines_lost', { source: 'a', reader: 'alert' }, 2);
  clock.ms = 300;
  telemetry.count('lines_lost', { source: 'a', reader: 'alert' }, 3);
  telemetry.count('lines_lost', { source: 'a', reader: 'archive' }, 0);
  expect(losses.current(300, anHour)).toMatchObject([
    { counter: 'lines_lost', labels: { source: 'a', reader: 'alert' }, firstMs: 100, lastMs: 300, count: 5 },
  ]);
});

test('what the detector counts is told as what was added since the last look, also by a rule that began anew', () => {
  const { telemetry, shown } = world();
  const look = reportCounts(telemetry);
  look(report(2, 0, 7));
  look(report(2, 0, 7));
  look(report(5, 3, 7));
  look(report(1, 3, 7));
  expect(shown()).toEqual([
    ['groups_dropped', 6, true],
    ['events_cut', 7, true],
    ['too_late', 3, false],
  ]);
});

test('a few stragglers are shown; people are told from twenty on', () => {
  const { telemetry, shown } = world();
  telemetry.count('matches_too_late', { rule: 'a' }, 19);
  expect(shown()).toEqual([['too_late', 19, false]]);
  telemetry.count('matches_too_late', { rule: 'a' });
  expect(shown()).toEqual([['too_late', 20, true]]);
});

test.each([
  [99, 99, false],
  [100, 50, false],
  [100, 51, true],
  [1_000, 501, true],
])('of %i lines %i without a time are told: %s', (lines, untimed, isTold) => {
  const { telemetry, shown } = world();
  telemetry.count('events_in', { source: 'a', reader: 'alert' }, lines);
  telemetry.count('events_in', { source: 'b', reader: 'alert' }, 10_000);
  telemetry.count('events_in', { source: 'a', reader: 'archive' }, 10_000);
  telemetry.count('events_time_inferred', { source: 'a' }, untimed);
  expect(shown()).toEqual([['lines_untimed', untimed, isTold]]);
});

test('matches without a group are compared with those that have one', () => {
  const { telemetry, shown } = world();
  telemetry.count('events_matched', { rule: 'a' }, 60);
  telemetry.count('group_missing', { rule: 'a' }, 60);
  expect(shown()).toEqual([['group_missing', 60, false]]);
  telemetry.count('group_missing', { rule: 'a' });
  expect(shown()).toEqual([['group_missing', 61, true]]);
});

test('a share is of the last five minutes: it is over when the lines are fine again', () => {
  const { clock, telemetry, shown } = world();
  for (let minute = 0; minute < 12; minute += 1) {
    clock.ms = minute * MINUTE_MS;
    telemetry.count('events_in', { source: 'a', reader: 'alert' }, 100);
    if (minute < 6) telemetry.count('events_future', { source: 'a' }, 100);
    if (minute === 5) expect(shown()).toEqual([['lines_future', 600, true]]);
  }
  expect(shown()).toEqual([['lines_future', 600, false]]);
});

test('a stream of a few lines a minute is judged by its last hundred, of an hour or a day', () => {
  for (const everyMinutes of [1, 10]) {
    const { clock, losses, telemetry } = world();
    const look = () => losses.current(clock.ms, anHour).map(({ isTold, lately }) => [isTold, lately]);
    for (let line = 0; line < 100; line += 1) {
      clock.ms = Math.trunc(line / 2) * everyMinutes * MINUTE_MS;
      expect(look().filter(([isTold]) => isTold)).toEqual([]);
      telemetry.count('events_in', { source: 'a', reader: 'alert' });
      telemetry.count('events_undecodable', { source: 'a' });
    }
    const spanMs = (everyMinutes === 1 ? 60 : 1_440) * MINUTE_MS;
    expect(look()).toEqual([[true, { count: 100, total: 100, spanMs }]]);
  }
});

test('lines that hover about a half, or about a hundred in five minutes, are told once', () => {
  for (const [lines, bad] of [
    [100, [60, 45, 55, 30, 51]],
    [22, [22, 22, 20, 22, 12]],
  ] as const) {
    const { clock, telemetry, shown } = world();
    const told: unknown[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      clock.ms = minute * MINUTE_MS;
      telemetry.count('events_in', { source: 'a', reader: 'alert' }, minute % 7 === 0 ? 1 : lines);
      telemetry.count('events_undecodable', { source: 'a' }, minute % 7 === 0 ? 1 : bad[minute % 5]);
      const [[, , isTold] = []] = shown();
      if (isTold !== told.at(-1)) told.push(isTold);
    }
    expect(told).toEqual([false, true]);
  }
});

test('what was told stays told after a restart, until there is enough to judge it by', () => {
  const kept: LossRow = {
    counter: 'events_undecodable',
    labels: { source: 'a' },
    firstMs: 0,
    lastMs: 0,
    count: 200,
    isTold: true,
  };
  const { clock, telemetry, shown } = world([kept]);
  expect(shown()).toEqual([['lines_undecodable', 200, true]]);
  clock.ms = 60 * MINUTE_MS - 1;
  telemetry.count('events_in', { source: 'a', reader: 'alert' }, 99);
  expect(shown()).toEqual([['lines_undecodable', 200, true]]);
  telemetry.count('events_in', { source: 'a', reader: 'alert' });
  expect(shown()).toEqual([['lines_undecodable', 200, false]]);
});

test('a loss is forgotten after an hour or the span that the rule looks back, whichever is longer', () => {
  const { losses } = world([future]);
  expect(losses.current(LOSS_KEPT_MS, () => 2 * LOSS_KEPT_MS)).toHaveLength(1);
  expect(losses.current(LOSS_KEPT_MS - 1, anHour)).toHaveLength(1);
  expect(losses.current(LOSS_KEPT_MS, anHour)).toEqual([]);
});

test('lines that are gone for good are remembered for a day, also by the next process', () => {
  const lost: LossRow = { ...future, counter: 'lines_lost', labels: { source: 'a', reader: 'alert' } };
  const { losses } = world([lost]);
  expect(losses.current(86_399_999, anHour)).toHaveLength(1);
  expect(losses.current(86_400_000, anHour)).toEqual([]);
});

test('a rule that is gone has lost nothing', () => {
  expect(world([future]).losses.current(1, () => undefined)).toEqual([]);
});

/** Counts by seconds: `lines` lines a second, of which those are lost for which `isBad` holds. Returns the seconds at which it was told. */
function toldAt(perSecond: number, seconds: number, isBad: (second: number) => boolean, kept?: LossRow[]) {
  const { clock, telemetry, shown } = world(kept);
  const changes: (readonly [second: number, isTold: boolean])[] = [];
  let was = false;
  for (let second = 0; second < seconds; second += 1) {
    clock.ms = second * 1_000;
    const lines = Math.floor((second + 1) * perSecond) - Math.floor(second * perSecond);
    telemetry.count('events_in', { source: 'a', reader: 'alert' }, lines);
    if (isBad(second)) telemetry.count('events_undecodable', { source: 'a' }, lines);
    const isTold = shown().some(([, , told]) => told === true);
    if (isTold !== was) changes.push([second, (was = isTold)]);
  }
  return changes;
}

test('a source that was well for an hour is told of within two minutes, once, whenever it turns bad', () => {
  for (const perSecond of [1 / 5, 1, 50])
    for (const offset of [0, 1, 15, 29, 31, 59]) {
      const from = 3_600 + offset;
      const changes = toldAt(perSecond, from + 1_800, (second) => second >= from);
      expect(changes.map(([, isTold]) => isTold)).toEqual([true]);
      expect(changes[0]![0] - from).toBeLessThan(100);
    }
});

test('many lines that were well just before do not hide it', () => {
  const { clock, telemetry, shown } = world();
  telemetry.count('events_in', { source: 'a', reader: 'alert' }, 3_000);
  for (; clock.ms < 95_000; clock.ms += 1_000) {
    telemetry.count('events_in', { source: 'a', reader: 'alert' }, 4);
    telemetry.count('events_undecodable', { source: 'a' }, 4);
  }
  expect(shown()).toEqual([['lines_undecodable', 380, true]]);
});

test('a third of the lines, by chance, is not told', () => {
  const next = mulberry32(13);
  for (const perSecond of [1 / 5, 1, 4]) expect(toldAt(perSecond, 20_000, () => next() < 0.33)).toEqual([]);
});

test('it is told again only after it was well in between', () => {
  const changes = toldAt(2, 7_200, (second) => Math.floor(second / 1_800) % 2 === 1);
  expect(changes.map(([, isTold]) => isTold)).toEqual([true, false, true]);
  // It comes and goes by the minute: told once.
  expect(toldAt(2, 7_200, (second) => second > 3_600 && Math.floor(second / 90) % 2 === 0)).toHaveLength(1);
});

test('a burst of bad lines in a quiet source is not told', () => {
  for (const at of [0, 30, 58])
    expect(toldAt(1 / 10, 3_600, (second) => second >= 1_800 + at && second < 1_810 + at)).toEqual([]);
  const { clock, telemetry, shown } = world();
  clock.ms = 3_000_000;
  // One long stack trace of a moment, all of whose lines are bad.
  telemetry.count('events_in', { source: 'a', reader: 'alert' }, 41);
  telemetry.count('events_undecodable', { source: 'a' }, 40);
  clock.ms += MINUTE_MS;
  telemetry.count('events_in', { source: 'a', reader: 'alert' }, 5);
  expect(shown()).toEqual([['lines_undecodable', 40, false]]);
});
