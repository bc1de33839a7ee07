import { describe, expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { seeded } from '../../../test/support/timelines.ts';
import type { SourceConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import type { LogEvent } from '../../event/event.ts';
import { makeSchema } from '../../event/schema.ts';
import { createDecoder, type DecodedBatch } from './decoder.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const CLOCK_MS = Date.UTC(2026, 10, 23, 8);

const source = (more: Partial<SourceConfig> = {}): SourceConfig => ({
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'epoch_ms', timezone: 'UTC' },
  latenessMs: 30_000,
  ...more,
});

/** Lines that are read together, by default at `clockMs`. */
interface Read extends Partial<Batch> {
  readonly lines: readonly string[];
}

/** Batches of one partition, one after the other; each begins with what the one before left. */
function decoded(reads: readonly Read[], config = source()): DecodedBatch[] {
  const decoder = createDecoder(config, makeSchema([]));
  let timing: string | undefined;
  return reads.map(({ lines, ...more }) => {
    const batch = decoder.decode(makeBatch(lines, { readAtMs: CLOCK_MS, ...more }), timing);
    timing = batch.timing;
    return batch;
  });
}

/** Offset from the clock, and how the event stands. */
const shown = ({ timeMs, timeInferred, timeliness }: LogEvent): string =>
  `${timeMs - CLOCK_MS} ${timeliness}${timeInferred ? ', inferred' : ''}`;
const standing = (reads: readonly Read[], config = source()): string[] =>
  decoded(reads, config).flatMap(({ events }) => events.map(shown));
const watermarkMs = (reads: readonly Read[]): number | undefined => decoded(reads).at(-1)!.watermarkMs;

const at = (offsetMs: number): string => JSON.stringify({ '@timestamp': CLOCK_MS + offsetMs });
const later = (afterMs: number): { readonly readAtMs: number } => ({ readAtMs: CLOCK_MS + afterMs });

describe('the watermark', () => {
  test('an event before it as it stood is too late, one exactly at it is in time', () => {
    const lines = [at(0), at(-30_000), at(-30_001), at(-1), at(-30_000)];
    expect(standing([{ lines }])).toEqual([
      '0 in_time',
      '-30000 in_time',
      '-30001 too_late',
      '-1 in_time',
      '-30000 in_time',
    ]);
    expect(watermarkMs([{ lines }])).toBe(CLOCK_MS - 30_000);
    expect(decoded([{ lines }])[0]!.counts).toMatchObject({ late: 3, tooLate: 1 });
  });

  test('an event more than five minutes ahead of the clock is future, moves nothing and is counted', () => {
    const lines = [at(0), at(5 * MINUTE_MS + 1), at(5 * MINUTE_MS)];
    expect(standing([{ lines }])).toEqual(['0 in_time', '300001 future', '300000 in_time']);
    expect(decoded([{ lines }])[0]!.counts).toMatchObject({ future: 1, tooLate: 0 });
    expect(watermarkMs([{ lines: [at(6 * MINUTE_MS)] }])).toBeUndefined();
  });

  test('an event ahead of the clock counts, and moves it no further than to the clock', () => {
    const reads = [{ lines: [at(-50_000), at(5 * MINUTE_MS)] }, { lines: [at(1_000)], ...later(1_000) }];
    expect(standing(reads)).toEqual(['-50000 in_time', '300000 in_time', '1000 in_time']);
    expect(watermarkMs(reads.slice(0, 1))).toBe(CLOCK_MS - 30_000);
    expect(watermarkMs(reads)).toBe(CLOCK_MS + 1_000 - 30_000);
  });

  test('a host whose clock is ahead makes nobody else too late', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seeded(seed);
      const [all, good]: [Read[], Read[]] = [[], []];
      for (let nowMs = 0; nowMs < 600_000; nowMs += random.below(20_000)) {
        const mine = at(nowMs - random.below(30_000));
        const fast = random.chance(50) ? [at(nowMs + random.below(5 * MINUTE_MS))] : [];
        good.push({ lines: [mine], ...later(nowMs) });
        all.push({ lines: [...fast, mine], ...later(nowMs) });
      }
      const mine = decoded(all).map(({ events }) => shown(events.at(-1)!));
      expect(mine).toEqual(standing(good));
      expect(mine.every((each) => each.endsWith('in_time'))).toBe(true);
    }
  });

  test('a zero time of the year 1754 is a time: too late once there is a watermark', () => {
    expect(standing([{ lines: [at(0), '{"@timestamp":-6795364578872}'] }])[1]).toContain('too_late');
  });
});

describe('an event without a usable time', () => {
  const untimed = ['{"message":"no time"}', '{"@timestamp":"yesterday"}', 'no JSON'];

  test('takes the time of its record, and never moves the watermark', () => {
    const recordTimesMs = Float64Array.of(0, CLOCK_MS - 5, CLOCK_MS - 40_000, CLOCK_MS + 7);
    const reads = [{ lines: [at(0), ...untimed], recordTimesMs }];
    expect(standing(reads)).toEqual([
      '0 in_time',
      '-5 in_time, inferred',
      '-40000 too_late, inferred',
      '7 in_time, inferred',
    ]);
    expect(watermarkMs(reads)).toBe(CLOCK_MS - 30_000);
    expect(decoded(reads)[0]!.counts).toMatchObject({ timeInferred: 2, undecodable: 1 });
  });

  test('else continues the event before it that had one, if that came at most 10 s before', () => {
    const soon = { lines: [at(-20), ...untimed] };
    expect(standing([soon])).toEqual(['-20 in_time', ...untimed.map(() => '-20 in_time, inferred')]);
    const record = { recordTimesMs: Float64Array.of(Number.NaN) };
    expect(standing([soon, { lines: ['x'], ...later(10_000), ...record }]).at(-1)).toBe(
      '-20 in_time, inferred',
    );
    expect(standing([soon, { lines: ['x'], ...later(10_001) }]).at(-1)).toBe('10001 in_time, inferred');
    // A clock that was put back says nothing of how long it is ago.
    expect(standing([soon, { lines: ['x'], ...later(-10_001) }]).at(-1)).toBe('-10001 in_time, inferred');
  });

  test('else has come when it was read, for as long as no event has a time', () => {
    const reads = [0, 9_000, 18_000, 27_000].map((ms) => ({ lines: untimed, ...later(ms) }));
    const times = [0, 9_000, 18_000, 27_000].flatMap((ms) => untimed.map(() => `${ms} in_time, inferred`));
    expect(standing(reads)).toEqual(times);
    expect(watermarkMs(reads)).toBeUndefined();
  });

  test('takes no time of an event that was too late, in the future or without one', () => {
    const lines = [at(-10), at(-40_000), 'x', at(6 * MINUTE_MS), 'x', 'x'];
    expect(standing([{ lines }]).filter((each) => each.endsWith('inferred'))).toEqual([
      '-10 in_time, inferred',
      '-10 in_time, inferred',
      '-10 in_time, inferred',
    ]);
    expect(standing([{ lines: [at(Date.UTC(2099, 0, 1) - CLOCK_MS), 'x'] }])[1]).toBe('0 in_time, inferred');
  });

  test('in a file read after the fact takes the time of the event before it, however long ago that was read', () => {
    const past = { writtenByMs: CLOCK_MS - DAY_MS };
    const reads = [
      { lines: ['x', at(-3 * DAY_MS), 'x'], ...past },
      { lines: ['x'], ...past, ...later(3_600_000) },
    ];
    expect(standing(reads)).toEqual([
      `${-DAY_MS} in_time, inferred`,
      `${-3 * DAY_MS} in_time`,
      `${-3 * DAY_MS} in_time, inferred`,
      `${-3 * DAY_MS} in_time, inferred`,
    ]);
  });

  test('read after the fact, continues no event that came as it was read and long before', () => {
    const reads = [{ lines: [at(0)] }, { lines: ['x'], ...later(DAY_MS), writtenByMs: CLOCK_MS + 3_600_000 }];
    expect(standing(reads)[1]).toBe('3600000 in_time, inferred');
  });
});

describe('a source that goes by arrival', () => {
  const config = source({ timestamp: { ...source().timestamp, isArrival: true } });

  test('has the clock as the time of every line, and it moves the watermark', () => {
    const reads = [{ lines: [at(-DAY_MS), 'no JSON'] }, { lines: ['x'], ...later(9_000) }];
    expect(standing(reads, config)).toEqual(['0 in_time', '0 in_time', '9000 in_time']);
    expect(decoded(reads, config).map((batch) => batch.watermarkMs! - CLOCK_MS)).toEqual([-30_000, -21_000]);
    expect(decoded(reads, config)[0]!.counts).toMatchObject({ timeInferred: 0, undecodable: 1 });
  });

  test('has the time of its record where there is one, and of the file where it is read after the fact', () => {
    const recordTimesMs = Float64Array.of(CLOCK_MS - 70, Number.NaN);
    expect(standing([{ lines: ['{}', '{}'], recordTimesMs }], config)).toEqual(['-70 in_time', '0 in_time']);
    expect(standing([{ lines: ['{}'], writtenByMs: CLOCK_MS - 5_000 }], config)).toEqual(['-5000 in_time']);
  });
});

describe('a wall clock that occurs twice', () => {
  const config = source({
    timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'America/New_York' },
  });
  const line = (wall: string): string => JSON.stringify({ '@timestamp': `2025-11-02T${wall}` });
  const utc = (reads: readonly Read[]): string[] =>
    decoded(reads, config).flatMap(({ events }) =>
      events.map(({ timeMs, timeliness }) => `${new Date(timeMs).toISOString().slice(11, 19)} ${timeliness}`),
    );

  test('is the earlier instant, and the later one once that lies more than the lateness back', () => {
    const walls = [
      '00:59:59',
      '01:00:00',
      '01:59:50',
      '01:59:20',
      '01:00:05',
      '01:59:40',
      '01:00:01',
      '02:00:00',
    ];
    expect(utc([{ lines: walls.map(line) }])).toEqual([
      '04:59:59 in_time',
      '05:00:00 in_time',
      '05:59:50 in_time',
      '05:59:20 in_time',
      '06:00:05 in_time',
      '05:59:40 in_time',
      '06:00:01 in_time',
      '07:00:00 in_time',
    ]);
  });

  test('goes on as the second one in the next batch', () => {
    expect(
      utc([{ lines: [line('01:59:59')] }, { lines: [line('01:00:00')] }, { lines: [line('01:30:00')] }]),
    ).toEqual(['05:59:59 in_time', '06:00:00 in_time', '06:30:00 in_time']);
  });

  test('is not taken for the later instant where that has not come yet', () => {
    const readAtMs = Date.UTC(2025, 10, 2, 5, 30);
    expect(utc([{ lines: [line('01:30:00'), line('01:28:00')], readAtMs }])).toEqual([
      '05:30:00 in_time',
      '05:28:00 too_late',
    ]);
  });
});

test('a time without a year is in the year nearest to the clock, or to when its file was written', () => {
  const syslog = source({
    decode: { steps: [{ kind: 'dissect', patterns: ['%{ts->} %{+ts} %{+ts} %{message}'] }] },
    timestamp: { path: ['ts'], format: 'syslog', timezone: 'UTC' },
  });
  const day = (line: string, more: Partial<Batch> = {}): string =>
    new Date(decoded([{ lines: [line], ...more }], syslog)[0]!.events[0]!.timeMs).toISOString().slice(0, 10);
  expect(day('Nov 23 08:00:01 x')).toBe('2026-11-23');
  expect(day('Nov 24 08:00:00 x')).toBe('2026-11-24');
  expect(day('Nov 24 08:00:01 x')).toBe('2025-11-24');
  // The kernel stamps a file with its last tick, which is a little behind.
  expect(day('Nov 23 08:00:00 x', { writtenByMs: CLOCK_MS - 3 })).toBe('2026-11-23');
  expect(day('Nov 23 08:00:00 x', { writtenByMs: Date.UTC(2017, 1, 1) })).toBe('2016-11-23');
  expect(day('Jan  1 00:00:01 x', { readAtMs: Date.UTC(2026, 11, 31, 23, 59) })).toBe('2027-01-01');
});

describe('what is kept between batches', () => {
  test('makes batches split anywhere give what one batch gives', () => {
    const lines = [
      at(0),
      '{}',
      at(-40_000),
      'x',
      at(6 * MINUTE_MS),
      '{}',
      at(-20),
      at(4 * MINUTE_MS),
      at(-29_990),
    ];
    const [whole] = decoded([{ lines }]);
    for (let cut = 0; cut <= lines.length; cut += 1) {
      const parts = decoded([{ lines: lines.slice(0, cut) }, { lines: lines.slice(cut) }]);
      expect(parts.flatMap(({ events }) => events.map(shown))).toEqual(whole!.events.map(shown));
      const { timing, watermarkMs: endMs } = parts[1]!;
      expect([timing, endMs]).toEqual([whole!.timing, whole!.watermarkMs]);
    }
  });

  test('of an older version is understood as far as it goes', () => {
    const timing = JSON.stringify({ greatestMs: CLOCK_MS - 1_000, lastMs: CLOCK_MS - 5_000 });
    const decoder = createDecoder(source(), makeSchema([]));
    const lines = ['x', at(-31_000), at(-31_001)];
    const { events } = decoder.decode(makeBatch(lines, { readAtMs: CLOCK_MS }), timing);
    expect(events.map(shown)).toEqual(['0 in_time, inferred', '-31000 in_time', '-31001 too_late']);
  });

  test('stands after each event as well', () => {
    const lines = ['x', at(-10), at(-5), at(-7)];
    const [{ watermarksMs } = { watermarksMs: [] }] = decoded([{ lines }]);
    expect([...watermarksMs].map((ms) => ms - CLOCK_MS)).toEqual([-Infinity, -30_010, -30_005, -30_005]);
  });
});
