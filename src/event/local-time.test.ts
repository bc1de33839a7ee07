import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localIso, localTime } from './local-time.ts';

const MS = Date.UTC(2026, 10, 23, 12, 3, 11, 204);

test.each([
  ['UTC', '2026-11-23 12:03:11 UTC', '2026-11-23T12:03:11.204Z'],
  ['Asia/Shanghai', '2026-11-23 20:03:11 +08:00', '2026-11-23T20:03:11.204+08:00'],
  ['America/New_York', '2026-11-23 07:03:11 -05:00', '2026-11-23T07:03:11.204-05:00'],
  ['Asia/Kathmandu', '2026-11-23 17:48:11 +05:45', '2026-11-23T17:48:11.204+05:45'],
])('a time in %s', (zone, time, iso) => {
  expect(localTime(MS, zone)).toBe(time);
  expect(localIso(MS, zone)).toBe(iso);
});

test('summer time is that of the instant', () => {
  expect(localTime(Date.UTC(2026, 6, 1), 'America/New_York')).toBe('2026-06-30 20:00:00 -04:00');
});

test('what is shown is the same instant in every zone', () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const time = fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2100, 0) });
  fc.assert(
    fc.property(time, fc.option(zone, { nil: undefined }), (at, name) => {
      expect(Date.parse(localIso(at, name))).toBe(at);
    }),
  );
});
