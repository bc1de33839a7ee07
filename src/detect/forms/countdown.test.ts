import { expect, it } from 'vitest';
import { byteReader, byteWriter } from '../columns/bytes.ts';
import { notHeld, onlyHealed } from '../operator.ts';
import { createCountdown } from './countdown.ts';

const at = (timeMs: number) => ({ timeMs, position: { source: 'orders', partition: 0, offset: timeMs } });

it('holds from the end of D on, which completes it once, until it is started anew or spent', () => {
  const countdown = createCountdown(10, true);
  countdown.start(0, at(5));
  expect(countdown.nextMs(0)).toBe(15);
  expect(countdown.judge(0, 14, false)).toBe(notHeld);
  expect(countdown.judge(0, 15, false)).toMatchObject({ holds: true, completions: 1 });
  const again = countdown.judge(0, 16, false);
  expect(again).toMatchObject({ holds: true, completions: 0, size: 1 });
  expect(again.evidence().first).toEqual(at(5));
  expect(countdown.nextMs(0)).toBe(Infinity);
  countdown.spend(0);
  expect(countdown.judge(0, 17, true)).toBe(onlyHealed);
  countdown.start(0, at(18));
  expect(countdown.judge(0, 28, false)).toMatchObject({ holds: true, completions: 1 });
});

it.each([true, false])('comes back from its bytes (a mark of the form: %s)', (hasMark) => {
  const countdown = createCountdown(10, hasMark);
  countdown.start(0, at(5));
  if (hasMark) countdown.mark(0);
  countdown.judge(0, 15, false);
  const writer = byteWriter();
  countdown.save(0, writer);
  const again = createCountdown(10, hasMark);
  again.load(3, byteReader(writer.finish()));
  expect(again.judge(3, 16, false)).toMatchObject({ holds: true, completions: 0 });
  expect([again.sinceMs(3), again.isMarked(3)]).toEqual([5, hasMark]);
  again.start(3, at(20));
  expect(again.isMarked(3)).toBe(hasMark);
  again.stop(3);
  expect([again.sinceMs(3), again.isMarked(3)]).toEqual([undefined, false]);
});
