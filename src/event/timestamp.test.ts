import { describe, expect, test } from 'vitest';
import type { JsonValue } from './event.ts';
import { timestampParser } from './timestamp.ts';
import type { TimeFormat, TimeHint } from './timestamp.ts';

const read = (value: JsonValue, format: string, more: Partial<TimeFormat> = {}, hint: TimeHint = {}) => {
  const time = timestampParser({ timezone: 'UTC', ...more, format })(value, hint);
  if (typeof time === 'object') return [time.ms, time.laterMs].map((ms) => new Date(ms).toISOString());
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('formats', () => {
  test.each<[JsonValue, string, string | undefined]>([
    ['2026-11-23T08:00:00.1239Z', 'iso8601', '2026-11-23T08:00:00.123Z'],
    ['2026-11-23 08:00:00,5+0800', 'iso8601', '2026-11-23T00:00:00.500Z'],
    ['20261123', 'iso8601', undefined],
    ['1754-08-30T22:43:41.128Z', 'iso8601', '1754-08-30T22:43:41.128Z'],
    ['0050-01-01T00:00:00Z', 'iso8601', '0050-01-01T00:00:00.000Z'],
    [1700000000, 'iso8601', undefined],
    ['20261127T111005Z', 'iso8601', '2026-11-27T11:10:05.000Z'],
    ['20261127T111005,123+0800', 'iso8601', '2026-11-27T03:10:05.123Z'],
    ['20261327T111005Z', 'iso8601', undefined],
    ['2026-11-27T11:10:05+08:00[Asia/Shanghai]', 'iso8601', '2026-11-27T03:10:05.000Z'],
    ['2026-11-27T11:10:05.5[Asia/Shanghai]', 'iso8601', '2026-11-27T03:10:05.500Z'],
    ['2026-11-27T11:10:05[Asia/Beijing]', 'iso8601', undefined],
    ['2026-11-27 11:10:05.123 UTC', 'iso8601', '2026-11-27T11:10:05.123Z'],
    ['2026-11-27 11:10:05 Europe/Berlin', 'iso8601', '2026-11-27T10:10:05.000Z'],
    ['2026-11-27 UTC', 'iso8601', '2026-11-27T00:00:00.000Z'],
    [`2026-11-27 11:10:05${' '.repeat(100_000)}x`, 'iso8601', undefined],
    ['1795777805123456', 'epoch_us', '2026-11-27T11:10:05.123Z'],
    [-1, 'epoch_us', '1969-12-31T23:59:59.999Z'],
    [1700000000.1239, 'epoch_s', '2023-11-14T22:13:20.123Z'],
    ['1700000000', 'epoch_s', '2023-11-14T22:13:20.000Z'],
    [1700000000123, 'epoch_ms', '2023-11-14T22:13:20.123Z'],
    ['1674981849123999999', 'epoch_ns', '2023-01-29T08:44:09.123Z'],
    ['-6795364578871345152', 'epoch_ns', '1754-08-30T22:43:41.128Z'],
    ['-1', 'epoch_ns', '1969-12-31T23:59:59.999Z'],
    ['99999999999999999999', 'epoch_ms', undefined],
    [{}, 'epoch_ms', undefined],
    ['23/Nov/2026:08:00:01 +0800', 'dd/MMM/yyyy:HH:mm:ss Z', '2026-11-23T00:00:01.000Z'],
    ['2026-11-23T08:00:01.5', "yyyy-MM-dd'T'HH:mm:ss.SSS", '2026-11-23T08:00:01.500Z'],
    ['26/1/2 3:04', 'yy/M/d H:mm', '2026-01-02T03:04:00.000Z'],
    ['Nov 27, 2026 11:10:05 AM', 'MMM dd, yyyy h:mm:ss a', '2026-11-27T11:10:05.000Z'],
    ['Nov 27, 2026, 1:10:05\u202fPM', 'MMM d, yyyy, h:mm:ss a', '2026-11-27T13:10:05.000Z'],
    ['Nov 27, 2026 12:10:05 a.m.', 'MMM d, yyyy h:mm:ss a', '2026-11-27T00:10:05.000Z'],
    ['Nov 27, 2026 12:10:05 pm', 'MMM d, yyyy h:mm:ss a', '2026-11-27T12:10:05.000Z'],
    ['Nov 27, 2026 13:10:05 PM', 'MMM d, yyyy h:mm:ss a', undefined],
    ['11月 27, 2026 1:10:05 下午', 'MMM d, yyyy h:mm:ss a', '2026-11-27T13:10:05.000Z'],
    ['Friday, 27 November 2026 11:10:05', 'EEEE, d MMMM yyyy HH:mm:ss', '2026-11-27T11:10:05.000Z'],
    ['Fri Nov 27 11:10:05 UTC 2026', 'EEE MMM d HH:mm:ss z yyyy', '2026-11-27T11:10:05.000Z'],
    ['Fri, 27 Nov 2026 11:10:05 GMT', 'EEE, d MMM yyyy HH:mm:ss z', '2026-11-27T11:10:05.000Z'],
    ['周五 27 Sept. 2026 11:10', 'E d MMM yyyy HH:mm', '2026-09-27T11:10:00.000Z'],
    ['Fir Nov 27 11:10:05 2026', 'EEE MMM d HH:mm:ss yyyy', undefined],
    ['27 Nox 2026', 'd MMM yyyy', undefined],
    ['2026-1-2 3:4:5', 'yyyy-M-d H:m:s', '2026-01-02T03:04:05.000Z'],
    ['2026-11-27 11:10:05,7', 'yyyy-MM-dd HH:mm:ss,L', '2026-11-27T11:10:05.007Z'],
    ['2026-11-27 11:10:05,7', 'yyyy-MM-dd HH:mm:ss,S', '2026-11-27T11:10:05.700Z'],
    ['2026-11-27T11:10:05+08:00', 'uuuu-MM-ddTHH:mm:ssXXX', '2026-11-27T03:10:05.000Z'],
    ['2026-11-27 11:10:05 GMT+8', 'yyyy-MM-dd HH:mm:ss z', '2026-11-27T03:10:05.000Z'],
    ['2026-11-27 11:10:05 America/Chicago', 'yyyy-MM-dd HH:mm:ss z', '2026-11-27T17:10:05.000Z'],
    ['2026-11-27 11:10:05 Etc/GMT+8', 'yyyy-MM-dd HH:mm:ss z', '2026-11-27T19:10:05.000Z'],
    ['2026-11-27 11:10:05 XYZ', 'yyyy-MM-dd HH:mm:ss z', undefined],
    ['2026-02-29', 'yyyy-MM-dd', undefined],
    ['2026-11-23 and more', 'yyyy-MM-dd', undefined],
  ])('%j as %s', (value, format, time) => {
    expect(read(value, format)).toBe(time);
  });

  test('white space that stands in quotes beside white space is tried in one way only', () => {
    const parse = timestampParser({ format: `dd MM yyyy${" ' ' ".repeat(30)}HH`, timezone: 'UTC' });
    expect(parse(`01 02 2026${' '.repeat(400)}x`, { nearMs: 0 })).toBeUndefined();
    expect(parse(`01 02 2026${' '.repeat(99)}05`, { nearMs: 0 })).toBe(Date.UTC(2026, 1, 1, 5));
  });

  test('an unknown pattern or zone is refused in words', () => {
    expect(() => timestampParser({ format: 'YYYY-MM-dd', timezone: 'UTC' })).toThrow('YYYY is not known');
    expect(() => timestampParser({ format: 'HH:mm:ss', timezone: 'UTC' })).toThrow('no month or no day');
    expect(() => timestampParser({ format: 'iso8601', timezone: 'Asia/Beijing' })).toThrow(
      'use an IANA name',
    );
  });

  test.each([
    ['yyyy-MM-dd hh:mm:ss', 'hh counts to 12 and needs a'],
    ['yyyy-MM-dd HH:mm:ss a', 'a (AM, PM) needs an hour that counts to 12'],
    ['yyyy-MM-dd HH hh:mm a', 'the hour stands twice'],
    ['yyyy-MM-dd HH:mm Z z', 'write one of them'],
  ])('%s would be read wrongly, and is refused', (format, words) => {
    expect(() => timestampParser({ format, timezone: 'UTC' })).toThrow(words);
  });

  test('of several formats, the first that can read a value counts', () => {
    const parse = timestampParser({ format: ['epoch_s', 'yyyy/MM/dd HH:mm:ss', 'iso8601'], timezone: 'UTC' });
    const times = [1_795_777_805, '2026/11/27 11:10:05', '2026-11-27T11:10:05Z', 'soon'].map((value) =>
      parse(value, {}),
    );
    expect(times).toEqual([1_795_777_805_000, 1_795_777_805_000, 1_795_777_805_000, undefined]);
    expect(() => timestampParser({ format: ['iso8601', 'nonsense'], timezone: 'UTC' })).toThrow('nonsense');
    expect(() => timestampParser({ format: [], timezone: 'UTC' })).toThrow('no time format');
  });
});

describe('zones', () => {
  test('a time without an offset is read in the zone, one with an offset is not', () => {
    const timezone = 'Asia/Shanghai';
    expect(read('2026-11-23T08:00:00', 'iso8601', { timezone })).toBe('2026-11-23T00:00:00.000Z');
    expect(read('2026-11-23T08:00:00Z', 'iso8601', { timezone })).toBe('2026-11-23T08:00:00.000Z');
  });

  test.each([
    ['2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
    ['2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'], // skipped
    ['2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T01:59:59', '2026-10-24T23:59:59.000Z'],
    ['2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
  ])('%s in Berlin is %s', (wall, time) => {
    expect(read(wall, 'iso8601', { timezone: 'Europe/Berlin' })).toBe(time);
  });

  test.each([
    ['2026-10-25T02:00:00', 'Europe/Berlin', ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z']],
    ['2026-10-25T02:59:59.999', 'Europe/Berlin', ['2026-10-25T00:59:59.999Z', '2026-10-25T01:59:59.999Z']],
    ['2025-11-02T01:30:00', 'America/New_York', ['2025-11-02T05:30:00.000Z', '2025-11-02T06:30:00.000Z']],
    ['2026-04-05T01:45:00', 'Australia/Lord_Howe', ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
  ])('%s occurs twice in %s', (wall, timezone, times) => {
    expect(read(wall, 'iso8601', { timezone })).toEqual(times);
    const [date, time] = wall.split('T');
    const yearless = `${date!.slice(5)} ${time!.slice(0, 8)}`;
    const nearMs = Date.parse(times[1]!) + 60_000;
    const found = read(yearless, 'MM-dd HH:mm:ss', { timezone }, { nearMs });
    expect(found).toEqual(times.map((each) => each.replace('.999', '.000')));
  });

  test.each([
    ['Asia/Shanghai', '2026-11-27T03:10:05.000Z'],
    ['America/Chicago', '2026-11-27T17:10:05.000Z'],
    ['UTC', undefined],
  ])('a short name of several zones is read if the configured zone (%s) is one of them', (timezone, time) => {
    expect(read('2026-11-27 11:10:05 CST', 'iso8601', { timezone })).toBe(time);
    expect(read('2026-07-27 11:10:05 CST', 'yyyy-MM-dd HH:mm:ss z', { timezone })).toBe(
      time?.replace('-11-', '-07-'),
    );
  });

  test('a named zone has hours that occur twice', () => {
    expect(read('2026-10-25 02:30:00 Europe/Berlin', 'yyyy-MM-dd HH:mm:ss z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ]);
    expect(read('2026-10-25 02:30:00 CET', 'yyyy-MM-dd HH:mm:ss z')).toBe('2026-10-25T01:30:00.000Z');
  });

  test('a zone agrees with Intl through a year, hour by hour', () => {
    const timezone = 'Australia/Lord_Howe';
    const parse = timestampParser({ format: 'iso8601', timezone });
    const local = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    let different = 0;
    for (let time = Date.UTC(2026, 0, 1); time < Date.UTC(2027, 0, 1); time += 3_600_000) {
      const read = parse(local.format(time), {});
      if (read === time) continue;
      different += 1;
      expect(read).toMatchObject({ laterMs: time });
    }
    expect(different).toBe(1); // one hour falls into the half hour that occurs twice
  });
});

describe('times without a year', () => {
  test('take the configured year', () => {
    expect(read('Dec 10 06:55:46', 'syslog', { year: 2016 })).toBe('2016-12-10T06:55:46.000Z');
    expect(read('Mar  7 06:55:46', 'syslog', { year: 2016 })).toBe('2016-03-07T06:55:46.000Z');
  });

  test('or are in the year that puts them nearest to what the source knows, at most a day later', () => {
    const nearMs = Date.UTC(2026, 0, 2);
    const year = (value: string): string => String(read(value, 'syslog', {}, { nearMs })).slice(0, 10);
    expect(year('Jan  2 00:00:00')).toBe('2026-01-02');
    expect(year('Jan  2 00:00:01')).toBe('2026-01-02');
    expect(year('Jan  3 00:00:00')).toBe('2026-01-03');
    expect(year('Jan  3 00:00:01')).toBe('2025-01-03');
    expect(year('Dec 31 23:59:59')).toBe('2025-12-31');
    expect(year('Feb 29 00:00:00')).toBe('2024-02-29');
  });

  test('or are of the new year, seen from the last hours of the old one', () => {
    const nearMs = Date.UTC(2026, 11, 31, 23);
    expect(read('Jan  1 00:00:05', 'syslog', {}, { nearMs })).toBe('2027-01-01T00:00:05.000Z');
    expect(read('Jan  1 08:00:05', 'syslog', { timezone: 'Asia/Shanghai' }, { nearMs })).toBe(
      '2027-01-01T00:00:05.000Z',
    );
  });

  test('or cannot be known', () => {
    expect(read('Jan  2 00:00:00', 'syslog')).toBeUndefined();
    expect(read('Feb 30 00:00:00', 'syslog', {}, { nearMs: 0 })).toBeUndefined();
  });
});
