import { expect, it } from 'vitest';
import { countRule } from '../../test/support/rules-by-hand.ts';
import { Arming } from './arming.ts';
import { detectRule } from './input/input.ts';
import { Instants } from './instants.ts';
import type { Machine } from './lifecycle/machine.ts';
import { LiveGroups } from './live-groups.ts';
import { plainForm, type Operator } from './operator.ts';
import { newSharedWaiting } from './time/waiting-keys.ts';
import { WaitingMatches } from './time/waiting-matches.ts';

const schema = { fields: [], byName: new Map(), searchFields: [] };

/** Instants of a rule, and what they ask of operator and machine, in order. Every group is due `dueInMs` after its latest instant. */
function instantsOf({ maxGroups = 10, armedKeys = [] as readonly string[], dueInMs = Infinity } = {}) {
  const asked: string[] = [];
  const groups = new LiveGroups();
  const shared = newSharedWaiting();
  const waiting = new WaitingMatches({ shared, weight: undefined, onEmptied: () => undefined });
  const judgedMs = new Map<number, number>();
  const machine = {
    take: (slot, { timeMs }) => asked.push(`event of ${groups.key(slot)} at ${timeMs}`) > 0,
    instant(slot, atMs) {
      judgedMs.set(slot, atMs);
      asked.push(`judge ${groups.key(slot)} at ${atMs}`);
      return false;
    },
    dueMs: (slot) => judgedMs.get(slot)! + dueInMs,
    isEmpty: (slot) => groups.key(slot) === 'gone',
    end: (slot, atMs, reason) => void asked.push(`${reason} ${groups.key(slot)} at ${atMs}`),
    clear: (slot) => void asked.push(`clear ${groups.key(slot)}`),
  } as Partial<Machine> as Machine;
  const operator = {
    ...plainForm,
    arm: (slot, atMs) => void asked.push(`arm ${groups.key(slot)} at ${atMs}`),
  } as Partial<Operator> as Operator;
  const arming = new Arming(armedKeys, armedKeys.length > 0);
  const rule = detectRule(countRule(2, 10_000, { maxGroups }), schema);
  const ignored = { onFinal: () => undefined, onForgotten: () => undefined };
  const parts = { rule: () => rule, operator, machine, groups, waiting, arming, ...ignored };
  const instants = new Instants(parts);
  const finalise = (untilMs: number): readonly string[] => {
    asked.length = 0;
    instants.finalise(untilMs);
    return [...asked];
  };
  const add = (...matches: readonly (readonly [key: string, timeMs: number])[]): void => {
    for (const [key, timeMs] of matches) {
      const number = shared.events.add(timeMs, { source: 'orders', partition: 0, offset: timeMs });
      waiting.add(number, waiting.groupOf(shared.keys.of(key)), [], undefined);
    }
    waiting.endBatch();
  };
  return { instants, arming, finalise, add };
}

it('take all events of an instant before they judge the groups of them', () => {
  const { add, finalise } = instantsOf();
  add(['a', 5], ['b', 5], ['a', 7]);
  expect(finalise(6)).toEqual(['event of a at 5', 'event of b at 5', 'judge a at 5', 'judge b at 5']);
  expect(finalise(7)).toEqual(['event of a at 7', 'judge a at 7']);
});

it('judge groups at their deadlines, and forget those of which nothing is left', () => {
  const { add, finalise, instants } = instantsOf({ dueInMs: 10 });
  add(['a', 5], ['gone', 6], ['a', 8]);
  expect(finalise(17)).toEqual([
    ...['event of a at 5', 'judge a at 5', 'event of gone at 6', 'judge gone at 6', 'clear gone'],
    ...['event of a at 8', 'judge a at 8'],
  ]);
  // Armed for 15 first, which was no deadline any more.
  expect(instants.nextMs()).toBe(18);
  expect(finalise(18)).toEqual(['judge a at 18']);
});

it('arm the groups that a rule expects, and again those of them that come back', () => {
  const { add, finalise, arming } = instantsOf({ armedKeys: ['gone'] });
  arming.saw(3, -Infinity);
  expect(finalise(3)).toEqual(['arm gone at 3', 'judge gone at 3', 'clear gone']);
  add(['gone', 9], ['other', 9]);
  expect(finalise(9).slice(0, 3)).toEqual(['arm gone at 9', 'event of gone at 9', 'event of other at 9']);
});

it('drop the group whose latest event is oldest where a rule has no room for another', () => {
  const { add, finalise, instants } = instantsOf({ maxGroups: 1 });
  add(['a', 5], ['b', 6]);
  expect(finalise(6).slice(2)).toEqual(['dropped a at 6', 'clear a', 'event of b at 6', 'judge b at 6']);
  expect(instants.droppedGroups).toBe(1);
});
