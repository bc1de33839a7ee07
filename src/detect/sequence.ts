/**
 * `A then B then … within D until U`. It is enough to keep, for each step, the latest possible first event of a sequence that has
 * come so far (semantics): what completes from an earlier one also completes from that.
 */
import type { AlertSpec } from '../rule/ast.ts';
import { evidenceOf, noCompletions, noteCompletion, type Completions } from './completions.ts';
import { createInstantNotes } from './instant-notes.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';

/** First event of the sequence that has reached step i; that of the first step is never older than the others. */
type Starts = (EventRef | undefined)[];

export function createSequence(
  spec: Extract<AlertSpec, { steps: unknown }>,
  isEventAlert: boolean,
): Operator {
  const windowMs = spec.within.ms;
  const steps = spec.steps.map(({ name }) => name);
  const last = steps.length - 1;
  const until = spec.until?.name;
  const starts: (Starts | undefined)[] = [];
  const notes = createInstantNotes<Completions>(noCompletions);
  let judged = noCompletions();

  return {
    ...plainForm,
    isEager: true,
    isMomentary: true,
    apply(slot, event) {
      // An event alert is judged event by event.
      if (isEventAlert) notes.clear(slot);
      const note = notes.at(slot, event.timeMs);
      const state = (starts[slot] ??= []);
      const is = (step: number): boolean => event.conditions.includes(steps[step]!);
      const isUntil = until !== undefined && event.conditions.includes(until);
      if (isUntil) note.isHealed = true;
      const start = state[last - 1];
      if (start !== undefined && is(last) && event.timeMs - start.timeMs <= windowMs)
        noteCompletion(note, start, refOf(event));
      // From the back, so that one event is one step.
      for (let step = last - 1; step > 0; step--)
        if (state[step - 1] !== undefined && is(step)) state[step] = state[step - 1];
      if (isUntil) state.length = 0;
      if (is(0)) state[0] = refOf(event);
    },
    holds(slot, atMs) {
      judged = notes.at(slot, atMs);
      forgetOld(slot, atMs);
      return judged.count > 0;
    },
    healed: () => judged.isHealed,
    size: () => judged.count,
    nextMs: (slot) => (starts[slot]?.[0]?.timeMs ?? Infinity) + windowMs + 1,
    evidence: () => evidenceOf(judged),
    spend(slot) {
      starts[slot] = undefined;
    },
    isEmpty: (slot) => starts[slot]?.[0] === undefined,
    clear(slot) {
      starts[slot] = undefined;
      notes.clear(slot);
    },
    save(slot, writer) {
      for (let step = 0; step < last; step++) {
        const start = starts[slot]?.[step];
        writer.u32(start === undefined ? 0 : 1);
        if (start !== undefined) saveEvent(start, writer);
      }
    },
    load(slot, reader) {
      const state: Starts = [];
      for (let step = 0; step < last; step++) if (reader.u32() === 1) state[step] = loadEvent(reader);
      if (state.length > 0) starts[slot] = state;
    },
  };

  function forgetOld(slot: number, atMs: number): void {
    const newest = starts[slot]?.[0];
    if (newest !== undefined && newest.timeMs + windowMs < atMs) starts[slot] = undefined;
  }
}
