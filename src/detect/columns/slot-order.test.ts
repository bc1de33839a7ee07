import { expect, it } from 'vitest';
import { byteReader, byteWriter } from './bytes.ts';
import { SlotOrder } from './slot-order.ts';

it('keeps slots in the order of their last use, and gives free ones out again', () => {
  const order = new SlotOrder();
  const [a, b, c] = [order.add(), order.add(), order.add()] as const;
  order.touch(a);
  expect([...order.slots()]).toEqual([b, c, a]);
  const asItStood = order.slotsAsOfNow();
  order.free(c);
  expect([...order.slots()]).toEqual([b, a]);
  expect([...asItStood]).toEqual([b, c, a]);
  expect(order.add()).toBe(c);
  expect(order.slotCount).toBe(3);
  order.free(b);
  expect(order.oldest).toBe(a);
});

it('comes back with its free slots, in the order in which the others are appended', () => {
  const order = new SlotOrder();
  for (let i = 0; i < 5; i++) order.add();
  order.free(1);
  order.free(3);
  const writer = byteWriter();
  order.save(writer);
  const again = new SlotOrder();
  again.load(byteReader(writer.finish()));
  for (const slot of order.slots()) again.append(slot);
  expect([...again.slots()]).toEqual([0, 2, 4]);
  expect([again.add(), again.add(), again.add()]).toEqual([3, 1, 5]);
});
