/** `all of A, B, … within D until U`: the latest events of all sides lie within D of each other, in any order (semantics). */
import { comparePositions } from '../../event/event.ts';
import type { SpecOf } from '../../rule/ast.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import { refOf, type EventRef } from '../input/event-ref.ts';
import type { Operator } from '../operator.ts';
import type { DetectForm } from './form.ts';
import { stepsForm } from './steps.ts';

function createAllOf(spec: SpecOf<'all_of'>, isEventAlert: boolean): Operator {
  const windowMs = spec.within.ms;
  const names = spec.steps.map(({ name }) => name);
  /** The latest event of each side. */
  const sides = createSlotEvents(names.length);

  /** Returns the oldest of the latest events, if each side has one and they lie within D. */
  function oldestOfAll(slot: number, atMs: number): EventRef | undefined {
    let oldest: EventRef | undefined;
    for (const [i] of names.entries()) {
      const event = sides.get(slot, i);
      if (event === undefined || atMs - event.timeMs > windowMs) return undefined;
      if (oldest === undefined || isBefore(event, oldest)) oldest = event;
    }
    return oldest;
  }

  /** Returns the time of the newest of the latest events; −Infinity if there is none. */
  const newestMs = (slot: number): number =>
    names.reduce((newest, _, i) => Math.max(newest, sides.timeMs(slot, i) ?? -Infinity), -Infinity);

  const form = stepsForm(spec, isEventAlert, {
    advance(slot, event) {
      let isSide = false;
      for (const [i, name] of names.entries()) {
        if (!event.conditions.includes(name)) continue;
        isSide = true;
        sides.set(slot, event, i);
      }
      const first = isSide ? oldestOfAll(slot, event.timeMs) : undefined;
      return first && { first, last: refOf(event) };
    },
    forgetOld(slot, atMs) {
      if (newestMs(slot) + windowMs < atMs) sides.clear(slot);
    },
    forget: (slot) => sides.clear(slot),
    // Nothing is counted: the count of an episode stays 1, however often the form holds again.
    size: () => 0,
  });

  return {
    ...form,
    // One event may match several sides.
    weight: ({ conditions }) => conditions.length,
    mayHold(slot, further) {
      if (slot < 0) return further >= names.length;
      const missing = names.reduce((n, _, i) => (sides.timeMs(slot, i) === undefined ? n + 1 : n), 0);
      return further >= missing;
    },
    nextMs(slot) {
      const newest = newestMs(slot);
      return newest === -Infinity ? Infinity : newest + windowMs + 1;
    },
    bytes: () => sides.bytes,
    isEmpty: (slot) => newestMs(slot) === -Infinity,
    save: (slot, writer) => sides.save(slot, writer),
    load: (slot, reader) => sides.load(slot, reader),
  };
}

function isBefore(a: EventRef, b: EventRef): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && comparePositions(a.position, b.position) < 0);
}

export const allOfForm: DetectForm<SpecOf<'all_of'>> = {
  create: (spec, { resolveNever }) => createAllOf(spec, resolveNever),
  beginsWithRule: false,
};
