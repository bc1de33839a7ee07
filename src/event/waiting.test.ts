import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { machineTimers, orLate, within } from './waiting.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a sleep', () => {
  test('ends when its time is over, or at once when it is interrupted', async () => {
    const stop = new AbortController();
    const ended: string[] = [];
    void machineTimers.sleep(1_000).then((isCut) => ended.push(`first ${isCut}`));
    void machineTimers.sleep(60_000, stop.signal).then((isCut) => ended.push(`second ${isCut}`));
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toEqual(['first false', 'second true']);
    expect(await machineTimers.sleep(1_000, stop.signal)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of no time lets everything else go on first', async () => {
    vi.useRealTimers();
    const done: string[] = [];
    const other = (async () => {
      for (let i = 0; i < 10; i++) await Promise.resolve();
      done.push('other');
    })();
    await machineTimers.sleep(0);
    done.push('this');
    await other;
    expect(done).toEqual(['other', 'this']);
  });
});

test('an interval calls until it is stopped', async () => {
  let calls = 0;
  const stop = machineTimers.every(1_000, () => calls++);
  await vi.advanceTimersByTimeAsync(3_500);
  stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toBe(3);
});

test('what is waited for may fail, or take longer than its limit', async () => {
  await within(Promise.reject(new Error('no')), 1_000);
  expect(vi.getTimerCount()).toBe(0);
  let isOver = false;
  void within(new Promise(() => undefined), 1_000).then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toBe(true);
});

describe('orLate', () => {
  beforeEach(() => void vi.useRealTimers());

  test('gives what the work gives, or rejects with what it rejects with', async () => {
    expect(await orLate(Promise.resolve(1), 60_000, () => 2)).toBe(1);
    await expect(orLate(Promise.reject(new Error('broken')), 60_000, () => 2)).rejects.toThrow('broken');
  });

  test('gives or throws what is said of work that takes too long, whatever becomes of it', async () => {
    const work = Promise.withResolvers<number>();
    expect(await orLate(work.promise, 1, () => 2)).toBe(2);
    const late = orLate(work.promise, 1, () => {
      throw new Error('late');
    });
    await expect(late).rejects.toThrow('late');
    work.reject(new Error('nobody hears this'));
  });
});
