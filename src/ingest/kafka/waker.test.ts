import { expect, test } from 'vitest';
import { Waker } from './waker.ts';

test('wakes once all is done that needs no other turn, and only who waits then', async () => {
  const waker = new Waker();
  const seen: string[] = [];
  const woken = waker.wait(60_000).then(() => seen.push('woken'));
  waker.wake();
  for (let partition = 0; partition < 20; partition += 1) {
    await Promise.resolve();
    seen.push(`partition ${partition}`);
    waker.wake();
  }
  expect(seen).toHaveLength(20);
  await woken;
  expect(seen.at(-1)).toBe('woken');
  const again = waker.wait(60_000);
  waker.wake();
  await again;
});

test('wakes by itself after the wait', async () => {
  await new Waker().wait(5);
});
