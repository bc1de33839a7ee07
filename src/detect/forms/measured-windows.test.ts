import { expect, it } from 'vitest';
import { countOf, measureOf } from '../../../test/support/rules-by-hand.ts';
import { WINDOW_EVENTS_MAX } from '../../rule/bounds.ts';
import { byteReader, byteWriter } from '../columns/bytes.ts';
import { MeasuredWindows } from './measured-windows.ts';
import { tagLayout } from './tag-layout.ts';

const [slow, paid] = [countOf('slow'), measureOf('sum', 'paid')];

function windowsOf(): (at: number, value?: number) => MeasuredWindows {
  const layout = tagLayout([slow, paid, slow]);
  const measured = new MeasuredWindows({
    windowMs: 10,
    layout,
    measures: [slow, paid, slow],
    blockEvents: 2,
  });
  return (timeMs, value) => {
    measured.evict(0, timeMs);
    if (value === undefined) return measured;
    const event = { timeMs, position: { source: 'orders', partition: 0, offset: timeMs } };
    measured.add(0, event, layout.tagOf({ ...event, conditions: ['slow'], values: { paid: [value] } }));
    return measured;
  };
}

it('measure what is in the window, as events enter and leave', () => {
  const at = windowsOf();
  at(1, 5);
  const measured = at(4, 7);
  expect([measured.tally(slow).value(0), measured.tally(paid).value(0)]).toEqual([2, 12]);
  expect([measured.nextMs(0), measured.emptyMs(0), measured.nextMs(1), measured.emptyMs(1)]).toEqual([
    ...[11, 14],
    ...[Infinity, Infinity],
  ]);
  at(11);
  expect([measured.tally(slow).value(0), measured.tally(paid).value(0)]).toEqual([1, 7]);
  const writer = byteWriter();
  measured.save(0, writer);
  const again = windowsOf()(0);
  again.load(3, byteReader(writer.finish()));
  expect([again.windows.size(3), again.tally(paid).value(3)]).toEqual([1, 7]);
});

it('let the oldest go early where a window is full, and count that', () => {
  const at = windowsOf();
  for (let i = 0; i < WINDOW_EVENTS_MAX + 3; i++) at(1, 1);
  expect([at(1).windows.size(0), at(1).cut]).toEqual([WINDOW_EVENTS_MAX, 3]);
});
