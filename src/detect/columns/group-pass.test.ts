import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createGroupPass, loadGroups } from './group-pass.ts';
import { byteReader, byteWriter } from './bytes.ts';
import { createGroups, type Groups } from './groups.ts';

/** Groups with a number each, as a rule would keep them. */
function numbered(): { groups: Groups; values: number[] } {
  return { groups: createGroups(), values: [] };
}

const asSeen = ({ groups, values }: ReturnType<typeof numbered>): string[] =>
  [...groups.slots()].map((slot) => `${slot} ${groups.key(slot)} ${values[slot]}`);

it('gives the groups as they stood when it began, whatever becomes of them between its parts', () => {
  const change = fc.record({ key: fc.nat(3_000), kind: fc.constantFrom('add', 'touch', 'remove', 'part') });
  fc.assert(
    fc.property(fc.nat(2_500), fc.array(change, { maxLength: 300 }), (count, changes) => {
      const live = numbered();
      for (let i = 0; i < count; i++) live.values[live.groups.add(`k${i}`)] = i;
      for (let i = 0; i < count; i += 3) live.groups.remove(live.groups.find(`k${i}`));
      const before = asSeen(live);
      const pass = createGroupPass(live.groups, (slot, writer) => writer.whole(live.values[slot]!));
      const header = byteWriter();
      live.groups.save(header);
      const parts: Uint8Array[] = [];
      const next = (): boolean => {
        const part = pass.next();
        if (part !== undefined) parts.push(part);
        return part !== undefined;
      };
      for (const { key, kind } of changes) {
        const slot = live.groups.find(`k${key}`);
        if (kind === 'part') next();
        else if (kind === 'add' && slot < 0) {
          const added = live.groups.add(`k${key}`);
          pass.added(added);
          live.values[added] = -1 - key + 10_000;
        } else if (slot >= 0) {
          pass.beforeChange(slot);
          if (kind === 'remove') live.groups.remove(slot);
          else live.groups.touch(slot);
          live.values[slot] = 20_000 + key;
        }
      }
      while (next());

      const again = numbered();
      again.groups.load(byteReader(header.finish()));
      const more = parts.map((part) =>
        loadGroups(part, again.groups, (slot, reader) => void (again.values[slot] = reader.whole())),
      );
      expect(asSeen(again)).toEqual(before);
      expect(more).toEqual(parts.map((_, i) => i < parts.length - 1));
      // What was free then is given out again in the same order.
      expect(again.groups.slotCount).toBe(count);
    }),
    { numRuns: 60 },
  );
});
