/**
 * `A then B then … within D until U`. It is enough to keep, for each step, the latest possible first event of a sequence that has
 * come so far (semantics): what completes from an earlier one also completes from that.
 */
import type { SpecOf } from '../../rule/ast.ts';
import { evidenceOf, noCompletions, noteCompletion, type Completions } from './completions.ts';
import { createInstantNotes } from './instant-notes.ts';
import { plainForm, type Operator } from '../operator.ts';
import { refOf, type EventRef } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { DetectForm } from './form.ts';

function createSequence(spec: SpecOf<'then'>, isEventAlert: boolean): Operator {
  const windowMs = spec.within.ms;
  const steps = spec.steps.map(({ name }) => name);
  const last = steps.length - 1;
  const until = spec.until?.name;
  /** First event of the sequence that has reached step i; that of the first step is never older than the others. */
  const starts = createSlotEvents(last);
  /** The event that reached the step before the last, where that is not the first. */
  const reached = createSlotEvents();
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
      const is = (step: number): boolean => event.conditions.includes(steps[step]!);
      const isUntil = until !== undefined && event.conditions.includes(until);
      if (isUntil) note.isHealed = true;
      const start = starts.get(slot, last - 1);
      if (start !== undefined && is(last) && event.timeMs - start.timeMs <= windowMs)
        noteCompletion(note, { first: start, ...betweenOf(slot), last: refOf(event) });
      // From the back, so that one event is one step.
      for (let step = last - 1; step > 0; step--)
        if (starts.timeMs(slot, step - 1) !== undefined && is(step)) {
          starts.copy(slot, step - 1, step);
          if (step === last - 1) reached.set(slot, event);
        }
      if (isUntil) forget(slot);
      if (is(0)) starts.set(slot, event);
    },
    holds(slot, atMs) {
      judged = notes.at(slot, atMs);
      forgetOld(slot, atMs);
      return judged.count > 0;
    },
    healed: () => judged.isHealed,
    size: () => judged.count,
    nextMs: (slot) => (starts.timeMs(slot) ?? Infinity) + windowMs + 1,
    evidence: () => evidenceOf(judged),
    spend: forget,
    bytes: () => starts.bytes + reached.bytes,
    isEmpty: (slot) => starts.timeMs(slot) === undefined,
    clear(slot) {
      forget(slot);
      notes.clear(slot);
    },
    save(slot, writer) {
      starts.save(slot, writer);
      if (last > 1) reached.save(slot, writer);
    },
    load(slot, reader) {
      starts.load(slot, reader);
      if (last > 1) reached.load(slot, reader);
    },
  };

  function betweenOf(slot: number): { readonly between?: EventRef } {
    const between = reached.get(slot);
    return between === undefined ? {} : { between };
  }

  function forget(slot: number): void {
    starts.clear(slot);
    reached.clear(slot);
  }

  function forgetOld(slot: number, atMs: number): void {
    if ((starts.timeMs(slot) ?? Infinity) + windowMs < atMs) forget(slot);
  }
}

export const thenForm: DetectForm<SpecOf<'then'>> = {
  create: (spec, { resolveNever }) => createSequence(spec, resolveNever),
  beginsWithRule: false,
};
