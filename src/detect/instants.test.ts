import { expect, it } from 'vitest';
import { countRule } from '../../test/support/rules-by-hand.ts';
import { Arming } from './arming.ts';
import { detectRule } from './input/input.ts';
import type { Waiting } from './input/waiting.ts';
import { Instants } from './instants.ts';
import type { Machine } from './lifecycle/machine.ts';
import { LiveGroups } from './live-groups.ts';
import { plainForm, type Operator } from './operator.ts';
import { createEventTimeBuffer } from './time/event-time-buffer.ts';

const schema = { fields: [], byName: new Map(), searchFields: [] };

/** Instants of a rule, and what they ask of operator and machine, in order. Every group is due `dueInMs` after its latest instant. */
function instantsOf({ maxGroups = 10, armedKeys = [] as readonly string[], dueInMs = Infinity } = {}) {
  const asked: string[] = [];
  const groups = new LiveGroups();
  const buffer = createEventTimeBuffer();
  const judgedMs = new Map<number, number>();
  const machine = {
    take: (slot, { timeMs }) => void asked.push(`event of ${groups.key(slot)} at ${timeMs}`),
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
  const parts = { rule: () => rule, operator, machine, groups, buffer, arming, ...ignored };
  const instants = new Instants(parts);
  const finalise = (untilMs: number): readonly string[] => {
    asked.length = 0;
    instants.finalise(untilMs);
    return [...asked];
  };
  const event = (key: string, timeMs: number): Waiting => ({
    key,
    timeMs,
    conditions: [],
    values: {},
    position: { source: 'orders', partition: 0, offset: timeMs },
  });
  return { instants, buffer, arming, finalise, event };
}

it('take all events of an instant before they judge the groups of them', () => {
  const { buffer, finalise, event } = instantsOf();
  buffer.add([event('a', 5), event('b', 5), event('a', 7)]);
  expect(finalise(6)).toEqual(['event of a at 5', 'event of b at 5', 'judge a at 5', 'judge b at 5']);
  expect(finalise(7)).toEqual(['event of a at 7', 'judge a at 7']);
});

it('judge groups at their deadlines, and forget those of which nothing is left', () => {
  const { buffer, finalise, event, instants } = instantsOf({ dueInMs: 10 });
  buffer.add([event('a', 5), event('gone', 6), event('a', 8)]);
  expect(finalise(17)).toEqual([
    ...['event of a at 5', 'judge a at 5', 'event of gone at 6', 'judge gone at 6', 'clear gone'],
    ...['event of a at 8', 'judge a at 8'],
  ]);
  // Armed for 15 first, which was no deadline any more.
  expect(instants.nextMs()).toBe(18);
  expect(finalise(18)).toEqual(['judge a at 18']);
});

it('arm the groups that a rule expects, and again those of them that come back', () => {
  const { buffer, finalise, event, arming } = instantsOf({ armedKeys: ['gone'] });
  arming.saw(3, -Infinity);
  expect(finalise(3)).toEqual(['arm gone at 3', 'judge gone at 3', 'clear gone']);
  buffer.add([event('gone', 9), event('other', 9)]);
  expect(finalise(9).slice(0, 3)).toEqual(['arm gone at 9', 'event of gone at 9', 'event of other at 9']);
});

it('drop the group whose latest event is oldest where a rule has no room for another', () => {
  const { buffer, finalise, event, instants } = instantsOf({ maxGroups: 1 });
  buffer.add([event('a', 5), event('b', 6)]);
  expect(finalise(6).slice(2)).toEqual(['dropped a at 6', 'clear a', 'event of b at 6', 'judge b at 6']);
  expect(instants.droppedGroups).toBe(1);
});
