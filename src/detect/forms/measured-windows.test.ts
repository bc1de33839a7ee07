import { expect, it } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { countOf, measureOf } from '../../../test/support/rules-by-hand.ts';
import type { Value } from '../../event/event.ts';
import type { Measure } from '../../rule/ast.ts';
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

const [different, sum] = [measureOf('distinct', 'paid'), measureOf('sum', 'paid')];

it.each([
  ['different values alone', [different]],
  ['beside the number of events', [different, countOf()]],
  ['beside named events', [different, slow]],
  ['beside a sum of the same field', [different, sum]],
  ['a sum alone', [sum]],
])('have %s of what came and has not left, whatever came between', (_, measures: readonly Measure[]) => {
  atEverySize((size, random) => {
    if (size > 700) return;
    const layout = tagLayout(measures);
    const newWindows = (): MeasuredWindows =>
      new MeasuredWindows({ windowMs: size, layout, measures, blockEvents: 1 + random.below(3) });
    let measured = newWindows();
    const windows: { timeMs: number; values: readonly Value[] }[][] = [[], [], []];
    for (let timeMs = 0; timeMs < 300; timeMs++) {
      const slot = random.below(3);
      measured.evict(slot, timeMs);
      const gone = windows[slot]!.findIndex((each) => each.timeMs > timeMs - size);
      windows[slot]!.splice(0, gone < 0 ? Infinity : gone);
      const value = (): Value =>
        random.pick<Value>([random.below(size), `${random.below(size)}`, 'x', random.chance(50), 0.5, -0]);
      const values = Array.from({ length: random.pick([1, 1, 1, 1, 0, 3]) }, value);
      const event = { timeMs, position: { source: 'orders', partition: 0, offset: timeMs } };
      measured.add(slot, event, layout.tagOf({ ...event, conditions: ['slow'], values: { paid: values } }));
      windows[slot]!.push({ timeMs, values });
      if (random.chance(3)) {
        measured.clear(slot);
        windows[slot] = [];
      }
      if (random.chance(3)) {
        const again = newWindows();
        for (const each of [0, 1, 2]) {
          const writer = byteWriter();
          measured.save(each, writer);
          again.load(each, byteReader(writer.finish()));
        }
        measured = again;
      }
      const there = windows[slot]!.flatMap((each) => each.values);
      const numbers = there.filter((each) => typeof each === 'number');
      const expected = measures.map(({ kind }) => {
        if (kind === 'distinct') return new Set(there).size;
        return kind === 'sum' ? numbers.reduce((a, b) => a + b, 0) : windows[slot]!.length;
      });
      const found = measures.map((measure) => measured.tally(measure).value(slot)!);
      if (found.some((each, i) => each !== expected[i]))
        expect(found, `${timeMs} of size ${size}`).toEqual(expected);
    }
  });
});
