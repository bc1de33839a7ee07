import { expect, it } from 'vitest';
import { countRule } from '../../test/support/rules-by-hand.ts';
import { detectRule } from './input/input.ts';
import { SourceGroup, type Member } from './source-group.ts';

const schema = { fields: [], byName: new Map(), searchFields: [] };

function memberOf(group: SourceGroup, number: number, nextMs: number, isRestless = false): Member {
  const run: Member['run'] = {
    rule: detectRule(countRule(2, 10_000), schema),
    finalMs: -Infinity,
    finalUpTo: () => undefined,
    finalise: () => undefined,
    waiting: () => 0,
    nextMs: () => nextMs,
    isRestless,
  };
  const member = { run, number, group, isFresh: false, waiting: 0 };
  group.add(member);
  group.arm(member);
  return member;
}

it('gives those of which something is due, and those that were disturbed, once', () => {
  const group = new SourceGroup(['orders']);
  const [early, late, never] = [memberOf(group, 0, 5), memberOf(group, 1, 50), memberOf(group, 2, Infinity)];
  expect(group.nextMs()).toBe(5);
  expect(group.due(10)).toEqual([early]);
  expect(group.due(10)).toEqual([]);
  group.disturb(never);
  expect(new Set(group.due(50))).toEqual(new Set([never, late]));
});

it('visits the restless next time, and the removed never', () => {
  const group = new SourceGroup([]);
  const restless = memberOf(group, 0, Infinity, true);
  const gone = memberOf(group, 1, 5, true);
  group.remove(gone);
  expect(group.due(10)).toEqual([restless]);
  expect([group.size, group.nextMs()]).toEqual([1, Infinity]);
});

it('is settled up to a time that never goes back', () => {
  const group = new SourceGroup([]);
  group.finalUpTo(5);
  group.finalUpTo(3);
  expect(group.finalMs).toBe(5);
});
