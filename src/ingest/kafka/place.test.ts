import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { markOf, type MarkedRecord } from './mark.ts';
import {
  agrees,
  judge,
  newPlace,
  passed,
  startWith,
  taken,
  type Fetched,
  type PartitionPlace,
} from './place.ts';

const record = (offset: number, text = `line ${offset}`): MarkedRecord => ({
  offset,
  timestampMs: 1000,
  value: Buffer.from(text),
});

const arrival = (first: number, last: number, more: Partial<Fetched> = {}): Fetched => ({
  first,
  last,
  record: record(first),
  high: last + 1,
  nowMs: 1000,
  askedAtMs: 1005,
  ...more,
});

/** A place whose last record was 99, read at 1000 ms. */
function reading(high = 100): PartitionPlace {
  const place = newPlace({ next: 90, mark: undefined });
  startWith(place, { low: 0, high });
  taken(place, 99, markOf(record(99)), high, 1000);
  return place;
}

describe('a place, given the ends of its log', () => {
  test('without a position starts at the first record there is, and that is no loss', () => {
    const place = newPlace(undefined);
    expect(startWith(place, { low: 40, high: 50 })).toEqual({ kind: 'fetch', from: 40, lost: 0 });
  });

  test('that does not fit the log halts, however long the log is', () => {
    const place = newPlace({ next: 2 ** 17, mark: undefined, unfit: 'it is of records' });
    expect(startWith(place, { low: 0, high: 2 ** 20 })).toEqual({ kind: 'halted' });
    expect(place.halted).toBe('it is of records');
  });

  test('that has read nothing follows a log that was re-created', () => {
    const place = newPlace(undefined);
    startWith(place, { low: 40, high: 40 });
    expect(startWith(place, { low: 0, high: 3 })).toEqual({ kind: 'fetch', from: 0, lost: 0 });
  });

  test('first fetches the record before its position', () => {
    const place = newPlace({ next: 100, mark: markOf(record(99)) });
    expect(startWith(place, { low: 0, high: 100 })).toEqual({ kind: 'fetch', from: 99, lost: 0 });
    expect(place.phase).toBe('verifying');
  });

  test('needs no such record where retention has removed exactly up to the position', () => {
    const place = newPlace({ next: 100, mark: markOf(record(99)) });
    expect(startWith(place, { low: 100, high: 120 })).toEqual({ kind: 'fetch', from: 100, lost: 0 });
    expect(place.phase).toBe('reading');
  });

  test('says how many were removed before they were read, and goes on behind them', () => {
    const place = newPlace({ next: 100, mark: markOf(record(99)) });
    expect(startWith(place, { low: 140, high: 200 })).toEqual({ kind: 'fetch', from: 140, lost: 40 });
  });

  test('halts where the log ends before the position or before the record that proves it', () => {
    const beyond = newPlace({ next: 100, mark: undefined });
    expect(startWith(beyond, { low: 0, high: 99 })).toEqual({ kind: 'halted' });
    expect(beyond.halted).toContain('ends at offset 99, before our position 100');
    const proof = newPlace({ next: 50, mark: markOf(record(99)) });
    expect(startWith(proof, { low: 0, high: 99 })).toEqual({ kind: 'halted' });
  });

  test('reads again when the log it halted on is back', () => {
    const place = newPlace({ next: 100, mark: undefined });
    startWith(place, { low: 0, high: 10 });
    expect(startWith(place, { low: 0, high: 100 }).kind).toBe('fetch');
    expect(place.halted).toBeUndefined();
  });
});

describe('a place that verifies its mark', () => {
  const verifying = (next = 100, mark = markOf(record(99))): PartitionPlace => {
    const place = newPlace({ next, mark });
    startWith(place, { low: 0, high: 300 });
    return place;
  };

  test('takes what follows the very record it had read', () => {
    const place = verifying();
    expect(judge(place, arrival(99, 120))).toBe('take');
    expect(place.next).toBe(100);
  });

  test.each([
    ['another text', record(99, 'another')],
    ['another time', { ...record(99), timestampMs: 1001 }],
    ['a tombstone', { ...record(99), value: null }],
  ])('halts on %s in its place', (_what, found) => {
    const place = verifying();
    expect(judge(place, arrival(99, 120, { record: found }))).toBe('halted');
    expect(place.halted).toContain('re-created');
  });

  test('asks for the ends where the client went to the start of the log by itself, or the record is gone', () => {
    expect(judge(verifying(), arrival(0, 50))).toBe('check');
    const gone = verifying();
    expect(judge(gone, arrival(105, 120))).toBe('check');
    expect(startWith(gone, { low: 0, high: 300 })).toEqual({ kind: 'fetch', from: 100, lost: 0 });
  });

  test('seeks to a position that lies before its proof or far behind it', () => {
    expect(judge(verifying(70), arrival(99, 120))).toBe('seek');
    expect(judge(verifying(200), arrival(99, 120))).toBe('seek');
    expect(judge(verifying(110), arrival(99, 120))).toBe('take');
  });
});

describe('a place that is read', () => {
  test('takes what was fetched at once after the last records', () => {
    expect(judge(reading(), arrival(100, 110, { nowMs: 1015 }))).toBe('take');
  });

  test('reads from its last record again where it had waited for new ones: the log may be another', () => {
    const place = reading();
    expect(judge(place, arrival(100, 110, { nowMs: 1150 }))).toBe('verify');
    expect(place.phase).toBe('verifying');
    expect(judge(place, arrival(99, 110, { nowMs: 1160, record: record(99, 'new') }))).toBe('halted');
  });

  test('of a log that is written all the time throws nothing away after the first fetch that came too late', () => {
    const place = reading();
    expect(judge(place, arrival(100, 129, { nowMs: 1030 }))).toBe('verify');
    for (let nowMs = 1060; nowMs < 2000; nowMs += 30) {
      const last = nowMs - 1060 + 159;
      expect(
        judge(place, arrival(place.mark!.offset, last, { nowMs, record: record(place.mark!.offset) })),
      ).toBe('take');
      expect(place.verifiesNext).toBe(true);
      taken(place, last, markOf(record(last)), last + 1, nowMs);
      // The reader seeks to the mark.
      place.phase = 'verifying';
    }
    const nothingNew = arrival(place.mark!.offset, place.mark!.offset, {
      nowMs: 2020,
      record: record(place.mark!.offset),
    });
    expect(judge(place, nothingNew)).toBe('take');
    expect(place.verifiesNext).toBe(false);
  });

  test('goes on without verifying where fetches come fast again, and where the log is written now and then', () => {
    for (const nowMs of [1015, 1400]) {
      const place = reading();
      place.phase = 'verifying';
      expect(judge(place, arrival(99, 120, { nowMs }))).toBe('take');
      expect(place.verifiesNext).toBe(false);
    }
  });

  test('takes what a slow fetch brings where the log was known to hold more', () => {
    const arrives = { nowMs: 3000, askedAtMs: 1010 };
    expect(judge(reading(5000), arrival(100, 110, arrives))).toBe('take');
    expect(judge(reading(5000), arrival(100, 110, { ...arrives, askedAtMs: 1100 }))).toBe('verify');
  });

  test('has a gap looked at once: what the log still begins before is compaction', () => {
    const place = reading(5000);
    const behindGap = arrival(130, 140, { nowMs: 1005 });
    expect(judge(place, behindGap)).toBe('check');
    expect(startWith(place, { low: 0, high: 5000 }).kind).toBe('fetch');
    expect(judge(place, arrival(99, 99, { nowMs: 1010, high: 5000 }))).toBe('take');
    taken(place, 99, markOf(record(99)), 5000, 1010);
    expect(judge(place, { ...behindGap, nowMs: 1015 })).toBe('take');
  });

  test('never goes back', () => {
    expect(judge(reading(5000), arrival(0, 60, { nowMs: 1005 }))).toBe('check');
  });

  test('passes what a consumer does not see, so that it is no gap', () => {
    const place = reading(5000);
    passed(place, 100, 104);
    expect(judge(place, arrival(105, 110, { nowMs: 1005 }))).toBe('take');
    passed(place, 200, 204);
    expect(place.next).toBe(105);
  });

  test('contradicts ends that lie before it or begin behind it', () => {
    expect(agrees(reading(), { low: 0, high: 100 }, 100)).toBe(true);
    expect(agrees(reading(), { low: 0, high: 99 }, 100)).toBe(false);
    // Read on since they were asked for.
    expect(agrees(reading(), { low: 0, high: 99 }, 95)).toBe(true);
    expect(agrees(reading(), { low: 101, high: 200 }, 100)).toBe(false);
  });

  test('ignores what arrives while its log is looked at or after it halted', () => {
    const place = reading();
    place.phase = 'checking';
    expect(judge(place, arrival(100, 110))).toBe('ignore');
    place.phase = 'halted';
    expect(judge(place, arrival(100, 110))).toBe('ignore');
  });
});
