import { describe, expect, test } from 'vitest';
import { orLate, sleep, within } from './waiting.ts';

const never = new Promise<never>(() => undefined);

describe('sleep', () => {
  test('says whether it was interrupted', async () => {
    const stop = new AbortController();
    const slept = sleep(60_000, stop.signal);
    stop.abort();
    expect(await slept).toBe(true);
    expect(await sleep(60_000, stop.signal)).toBe(true);
    expect(await sleep(1, new AbortController().signal)).toBe(false);
    expect(await sleep(1)).toBe(false);
  });
});

describe('within', () => {
  test('ends with the work, however that ends, or with its limit', async () => {
    await within(Promise.resolve(1), 60_000);
    await within(Promise.reject(new Error('broken')), 60_000);
    await within(never, 1);
  });
});

describe('orLate', () => {
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
