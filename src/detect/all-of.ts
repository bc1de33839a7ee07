/** `all of A, B, … within D until U`: the latest event of each side lies within D of each other, in any order (semantics). */
import { comparePositions } from '../event/event.ts';
import type { AlertSpec } from '../rule/ast.ts';
import { evidenceOf, noCompletions, noteCompletion, type Completions } from './completions.ts';
import { createInstantNotes } from './instant-notes.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';

/** Latest event of each side. */
type Sides = (EventRef | undefined)[];

export function createAllOf(spec: Extract<AlertSpec, { steps: unknown }>, isEventAlert: boolean): Operator {
  const windowMs = spec.within.ms;
  const names = spec.steps.map(({ name }) => name);
  const until = spec.until?.name;
  const sides: (Sides | undefined)[] = [];
  const notes = createInstantNotes<Completions>(noCompletions);
  let judged = noCompletions();

  /** The oldest of the latest events, if there is one of each side and they lie within D. */
  function oldestOfAll(state: Sides, atMs: number): EventRef | undefined {
    let oldest: EventRef | undefined;
    for (const [i] of names.entries()) {
      const event = state[i];
      if (event === undefined || atMs - event.timeMs > windowMs) return undefined;
      if (oldest === undefined || isBefore(event, oldest)) oldest = event;
    }
    return oldest;
  }

  function newestMs(slot: number): number {
    const times = (sides[slot] ?? []).flatMap((event) => (event === undefined ? [] : [event.timeMs]));
    return times.length === 0 ? Infinity : Math.max(...times);
  }

  return {
    ...plainForm,
    isEager: true,
    isMomentary: true,
    apply(slot, event) {
      if (isEventAlert) notes.clear(slot);
      const note = notes.at(slot, event.timeMs);
      const state = (sides[slot] ??= []);
      const isUntil = until !== undefined && event.conditions.includes(until);
      if (isUntil) note.isHealed = true;
      let isSide = false;
      for (const [i, name] of names.entries()) {
        if (!event.conditions.includes(name)) continue;
        isSide = true;
        state[i] = refOf(event);
      }
      const oldest = isSide ? oldestOfAll(state, event.timeMs) : undefined;
      if (oldest !== undefined) noteCompletion(note, oldest, refOf(event));
      if (isUntil) state.length = 0;
    },
    holds(slot, atMs) {
      judged = notes.at(slot, atMs);
      if (newestMs(slot) + windowMs < atMs) sides[slot] = undefined;
      return judged.count > 0;
    },
    healed: () => judged.isHealed,
    // Nothing is counted: an episode stays at 1 however often it holds again.
    size: () => 0,
    nextMs: (slot) => newestMs(slot) + windowMs + 1,
    evidence: () => evidenceOf(judged),
    spend: (slot) => void (sides[slot] = undefined),
    isEmpty: (slot) => newestMs(slot) === Infinity,
    clear(slot) {
      sides[slot] = undefined;
      notes.clear(slot);
    },
    save(slot, writer) {
      for (const [i] of names.entries()) {
        const event = sides[slot]?.[i];
        writer.u32(event === undefined ? 0 : 1);
        if (event !== undefined) saveEvent(event, writer);
      }
    },
    load(slot, reader) {
      const state: Sides = [];
      for (const [i] of names.entries()) if (reader.u32() === 1) state[i] = loadEvent(reader);
      if (state.length > 0) sides[slot] = state;
    },
  };
}

function isBefore(a: EventRef, b: EventRef): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && comparePositions(a.position, b.position) < 0);
}
