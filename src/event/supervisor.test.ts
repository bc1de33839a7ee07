import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rightClock } from '../../test/support/clock.ts';
import { guarded, harmless, keepGoing } from './supervisor.ts';
import { silent, type LogFields, type Telemetry } from './telemetry.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const counted: unknown[] = [];
  const logged: LogFields[] = [];
  const telemetry: Telemetry = {
    ...silent,
    count: (name, labels) => void counted.push([name, labels]),
    log: { ...silent.log, error: (fields) => void logged.push(fields) },
  };
  return { telemetry, counted, logged };
}

test('a part that fails is told with its stack, and begins again, later each time, until it works', async () => {
  const { telemetry, counted, logged } = watched();
  const began: number[] = [];
  const work = (): Promise<void> => {
    began.push(rightClock().nowMs());
    return began.length < 5 ? Promise.reject(new TypeError('no such thing')) : Promise.resolve();
  };
  const { signal: stop } = new AbortController();
  const going = keepGoing('archiving', work, { telemetry, stop });
  await vi.advanceTimersByTimeAsync(60_000);
  await going;
  const waits = began.slice(1).map((at, i) => at - began[i]!);
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(counted).toEqual(Array.from({ length: 4 }, () => ['defects', { part: 'archiving' }]));
  expect(logged[0]).toMatchObject({
    'event.action': 'defect',
    error: { message: 'no such thing', stack: expect.stringContaining('supervisor.test.ts') as string },
  });
});

test('a stop ends it while it waits, and a part that fails for the stop is no defect', async () => {
  const { telemetry, counted } = watched();
  const stop = new AbortController();
  const waiting = keepGoing('archiving', () => Promise.reject(new Error('x')), {
    telemetry,
    stop: stop.signal,
  });
  const ending = keepGoing(
    'delivery',
    () =>
      new Promise((_resolve, reject) =>
        stop.signal.addEventListener('abort', () => reject(new Error('closed'))),
      ),
    { telemetry, stop: stop.signal },
  );
  await vi.advanceTimersByTimeAsync(100);
  stop.abort();
  await Promise.all([waiting, ending]);
  expect(counted).toEqual([['defects', { part: 'archiving' }]]);
});

test('what a single call throws is told, and its caller gets something all the same', async () => {
  const { telemetry, counted } = watched();
  expect(
    await guarded<string>(
      'probes',
      telemetry,
      () => Promise.reject(new Error('x')),
      (error) => String(error),
    ),
  ).toBe('Error: x');
  expect(
    await guarded(
      'probes',
      telemetry,
      () => Promise.resolve('fine'),
      () => 'not',
    ),
  ).toBe('fine');
  harmless('figures', telemetry, () => {
    throw new Error('y');
  })();
  expect(counted).toEqual([
    ['defects', { part: 'probes' }],
    ['defects', { part: 'figures' }],
  ]);
});
