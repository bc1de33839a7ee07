/** `all of A, B, … within D until U`: the latest event of each side lies within D of each other, in any order (semantics). */
import { comparePositions } from '../../event/event.ts';
import type { SpecOf } from '../../rule/ast.ts';
import { evidenceOf, noCompletions, noteCompletion, type Completions } from './completions.ts';
import { createInstantNotes } from './instant-notes.ts';
import { plainForm, type Operator } from '../operator.ts';
import { refOf, type EventRef } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { DetectForm } from './form.ts';

function createAllOf(spec: SpecOf<'all_of'>, isEventAlert: boolean): Operator {
  const windowMs = spec.within.ms;
  const names = spec.steps.map(({ name }) => name);
  const until = spec.until?.name;
  /** Latest event of each side. */
  const sides = createSlotEvents(names.length);
  const notes = createInstantNotes<Completions>(noCompletions);
  let judged = noCompletions();

  /** The oldest of the latest events, if there is one of each side and they lie within D. */
  function oldestOfAll(slot: number, atMs: number): EventRef | undefined {
    let oldest: EventRef | undefined;
    for (const [i] of names.entries()) {
      const event = sides.get(slot, i);
      if (event === undefined || atMs - event.timeMs > windowMs) return undefined;
      if (oldest === undefined || isBefore(event, oldest)) oldest = event;
    }
    return oldest;
  }

  /** −Infinity where there is none. */
  const newestMs = (slot: number): number =>
    names.reduce((newest, _, i) => Math.max(newest, sides.timeMs(slot, i) ?? -Infinity), -Infinity);

  return {
    ...plainForm,
    isEager: true,
    isMomentary: true,
    apply(slot, event) {
      if (isEventAlert) notes.clear(slot);
      const note = notes.at(slot, event.timeMs);
      const isUntil = until !== undefined && event.conditions.includes(until);
      if (isUntil) note.isHealed = true;
      let isSide = false;
      for (const [i, name] of names.entries()) {
        if (!event.conditions.includes(name)) continue;
        isSide = true;
        sides.set(slot, event, i);
      }
      const oldest = isSide ? oldestOfAll(slot, event.timeMs) : undefined;
      if (oldest !== undefined) noteCompletion(note, { first: oldest, last: refOf(event) });
      if (isUntil) sides.clear(slot);
    },
    holds(slot, atMs) {
      judged = notes.at(slot, atMs);
      if (newestMs(slot) + windowMs < atMs) sides.clear(slot);
      return judged.count > 0;
    },
    healed: () => judged.isHealed,
    // Nothing is counted: an episode stays at 1 however often it holds again.
    size: () => 0,
    nextMs(slot) {
      const newest = newestMs(slot);
      return newest === -Infinity ? Infinity : newest + windowMs + 1;
    },
    evidence: () => evidenceOf(judged),
    spend: (slot) => sides.clear(slot),
    bytes: () => sides.bytes,
    isEmpty: (slot) => newestMs(slot) === -Infinity,
    clear(slot) {
      sides.clear(slot);
      notes.clear(slot);
    },
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
