import { expect, it } from 'vitest';
import { atEverySize } from '../../test/support/growth.ts';
import { byteReader, byteWriter } from './columns/bytes.ts';
import { LiveGroups } from './live-groups.ts';

it('finds groups by their keys, and the one whose latest event is oldest', () => {
  const groups = new LiveGroups();
  const [a, b] = [groups.add('["a"]'), groups.add('["b",1]')] as const;
  expect(groups.values(b)).toEqual(['b', 1]);
  groups.touch(a);
  expect([groups.oldest(), groups.find('["b",1]'), groups.find('["c"]'), groups.size]).toEqual([b, b, -1, 2]);
});

it('is due with the earliest of its groups, but not with those that are gone', () => {
  const groups = new LiveGroups();
  const [a, b] = [groups.add('["a"]'), groups.add('["b"]')] as const;
  groups.arm(a, 10);
  groups.arm(b, 20);
  groups.remove(a);
  expect(groups.nextMs()).toBe(20);
  expect([groups.takeDue(19), groups.takeDue(20), groups.takeDue(20)]).toEqual([-1, b, -1]);
});

it('saves each as it stood when the pass began, whatever becomes of it meanwhile', () => {
  const groups = new LiveGroups();
  const counts = [groups.add('["a"]'), groups.add('["b"]'), groups.add('["c"]')].map(() => 1);
  const head = byteWriter();
  groups.save(head);
  const pass = groups.beginPass((slot, writer) => writer.whole(counts[slot]!));
  groups.touch(1);
  counts[1] = 7;
  groups.beforeChange(0);
  groups.remove(0);
  expect(groups.add('["d"]')).toBe(0);
  const parts: Uint8Array[] = [];
  for (let part = pass.next(); part !== undefined; part = pass.next()) parts.push(part);
  groups.endPass(pass);
  const again = new LiveGroups();
  again.load(byteReader(head.finish()));
  const loaded = new Map<string, number>();
  for (const part of parts)
    again.loadPart(part, (slot, reader) => void loaded.set(again.key(slot), reader.whole()));
  expect([...again.slots()].map((slot) => again.key(slot))).toEqual(['["a"]', '["b"]', '["c"]']);
  expect(Object.fromEntries(loaded)).toEqual({ '["a"]': 1, '["b"]': 1, '["c"]': 1 });
});

it('remembers the slots of groups no longer than they are theirs', () => {
  atEverySize((size, random) => {
    const groups = new LiveGroups();
    const slots = new Map<string, number>();
    const remembering = Array.from({ length: Math.min(size, 40) }, (_, i) => ({
      key: `["g${i}"]`,
      slot: -1,
      asOf: -1,
    }));
    for (let i = 0; i < Math.min(size, 200); i++) {
      const group = random.pick(remembering);
      const known = slots.get(group.key);
      expect(groups.slotOf(group)).toBe(known ?? -1);
      if (known === undefined)
        slots.set(group.key, random.chance(50) ? groups.addGroup(group) : groups.add(group.key));
      else if (random.chance(40)) {
        groups.remove(known);
        slots.delete(group.key);
      }
    }
  });
});
