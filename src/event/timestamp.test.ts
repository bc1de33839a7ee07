import { describe, expect, test } from 'vitest';
import type { JsonValue } from './event.ts';
import { timestampParser } from './timestamp.ts';
import type { TimeFormat, TimeHint } from './timestamp.ts';

const read = (value: JsonValue, format: string, more: Partial<TimeFormat> = {}, hint: TimeHint = {}) => {
  const ms = timestampParser({ timezone: 'UTC', ...more, format })(value, hint);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('formats', () => {
  test.each<[JsonValue, string, string | undefined]>([
    ['2026-11-23T08:00:00.1239Z', 'iso8601', '2026-11-23T08:00:00.123Z'],
    ['2026-11-23 08:00:00,5+0800', 'iso8601', '2026-11-23T00:00:00.500Z'],
    ['20261123', 'iso8601', undefined],
    ['1754-08-30T22:43:41.128Z', 'iso8601', '1754-08-30T22:43:41.128Z'],
    ['0050-01-01T00:00:00Z', 'iso8601', '0050-01-01T00:00:00.000Z'],
    [1700000000, 'iso8601', undefined],
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
    ['2026-02-29', 'yyyy-MM-dd', undefined],
    ['2026-11-23 and more', 'yyyy-MM-dd', undefined],
  ])('%j as %s', (value, format, time) => {
    expect(read(value, format)).toBe(time);
  });

  test('an unknown pattern or zone is refused in words', () => {
    expect(() => timestampParser({ format: 'YYYY-MM-dd', timezone: 'UTC' })).toThrow('YYYY is not known');
    expect(() => timestampParser({ format: 'HH:mm:ss', timezone: 'UTC' })).toThrow('no month or no day');
    expect(() => timestampParser({ format: 'iso8601', timezone: 'Asia/Beijing' })).toThrow(
      'use an IANA name',
    );
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
    ['2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'], // twice: the earlier
    ['2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
  ])('%s in Berlin is %s', (wall, time) => {
    expect(read(wall, 'iso8601', { timezone: 'Europe/Berlin' })).toBe(time);
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
      if (parse(local.format(time), {}) !== time) different += 1;
    }
    expect(different).toBe(1); // one hour falls into the half hour that occurs twice: the earlier instant is given
  });
});

describe('times without a year', () => {
  test('take the configured year', () => {
    expect(read('Dec 10 06:55:46', 'syslog', { year: 2016 })).toBe('2016-12-10T06:55:46.000Z');
    expect(read('Mar  7 06:55:46', 'syslog', { year: 2016 })).toBe('2016-03-07T06:55:46.000Z');
  });

  test('or are the latest that is not after what the source vouches for', () => {
    const notAfterMs = Date.UTC(2026, 0, 2);
    expect(read('Jan  2 00:00:00', 'syslog', {}, { notAfterMs })).toBe('2026-01-02T00:00:00.000Z');
    expect(read('Jan  2 00:00:01', 'syslog', {}, { notAfterMs })).toBe('2025-01-02T00:00:01.000Z');
    expect(read('Feb 29 00:00:00', 'syslog', {}, { notAfterMs })).toBe('2024-02-29T00:00:00.000Z');
  });

  test('or cannot be known', () => {
    expect(read('Jan  2 00:00:00', 'syslog')).toBeUndefined();
    expect(read('Feb 30 00:00:00', 'syslog', {}, { notAfterMs: 0 })).toBeUndefined();
  });
});
