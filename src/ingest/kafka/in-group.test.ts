import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { InGroup } from './in-group.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));

afterEach(() => void vi.useRealTimers());

it('says after 15 s why nothing can be read, though the clock was set back meanwhile', () => {
  const group = new InGroup();
  group.join([0]);
  group.leave('the broker is gone');
  vi.advanceTimersByTime(10_000);
  vi.setSystemTime(-3_600_000);
  expect(group.problem()).toBeUndefined();
  vi.advanceTimersByTime(6_000);
  expect(group.problem()).toBe('the broker is gone');
});

it('is quiet while it joins, though the clock is set ahead', () => {
  const group = new InGroup();
  vi.setSystemTime(3_600_000);
  expect(group.problem()).toBeUndefined();
  group.join([]);
  expect(group.problem()).toBeUndefined();
});
