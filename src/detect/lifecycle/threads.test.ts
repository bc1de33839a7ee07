import { expect, it } from 'vitest';
import type { Episode } from '../../event/alert.ts';
import { byteReader, byteWriter } from '../columns/bytes.ts';
import { Threads } from './threads.ts';

const episode = (alertId: string, more: Partial<Episode> = {}): Episode => ({
  alertId,
  rule: 'a',
  meaning: 'm',
  severity: 'high',
  group: {},
  state: 'firing',
  firedAtMs: 9,
  count: 1,
  suppressed: 0,
  samples: [],
  firstEvent: { timeMs: 5, position: { source: 'orders', partition: 0, offset: 1 } },
  ...more,
});

it('goes on in the thread that it took over, to its end', () => {
  const threads = new Threads();
  const final = episode('bb');
  threads.takeOver('aa', final, 100);
  threads.enter(final, 'aa');
  const writer = byteWriter();
  threads.save(writer);
  const again = new Threads();
  again.load(byteReader(writer.finish()));
  for (const each of [threads, again]) {
    expect(each.leave(final)).toBe('aa');
    expect(each.leave(final)).toBe('bb');
  }
});

it('lets no alert begin in a thread that another one took over, until its own come no more', () => {
  const threads = new Threads();
  expect(threads.begin(episode('aa'))).toBe('aa');
  threads.takeOver('aa', episode('bb'), 100);
  threads.takeOver('cc', episode('cc'), 100);
  expect(threads.begin(episode('aa'))).not.toBe('aa');
  expect(threads.begin(episode('cc'))).toBe('cc');
  threads.finalUpTo(100);
  expect(threads.begin(episode('aa'))).not.toBe('aa');
  threads.finalUpTo(101);
  expect(threads.begin(episode('aa'))).toBe('aa');
});
