/**
 * `A then B then … within D until U`. For each step, the form keeps only the latest possible first event of a sequence that has come so far
 * (semantics). This is enough: a step that completes a sequence with an earlier first event also completes one with that event.
 */
import type { SpecOf } from '../../rule/ast.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import { refOf } from '../input/event-ref.ts';
import type { Operator } from '../operator.ts';
import type { DetectForm } from './form.ts';
import { stepsForm } from './steps.ts';

function createSequence(spec: SpecOf<'then'>, isEventAlert: boolean): Operator {
  const windowMs = spec.within.ms;
  const steps = spec.steps.map(({ name }) => name);
  const last = steps.length - 1;
  /** First event of the sequence that has reached step i. The one of the first step is never older than the others. */
  const starts = createSlotEvents(last);
  /** The event that reached the step before the last, if that is not the first step. */
  const reached = createSlotEvents();

  function forget(slot: number): void {
    starts.clear(slot);
    reached.clear(slot);
  }

  const form = stepsForm(spec, isEventAlert, {
    advance(slot, event) {
      const is = (step: number): boolean => event.conditions.includes(steps[step]!);
      const start = starts.get(slot, last - 1);
      const isLast = start !== undefined && is(last) && event.timeMs - start.timeMs <= windowMs;
      const completion = isLast
        ? { first: start, between: reached.get(slot), last: refOf(event) }
        : undefined;
      // Goes from the back, so that one event is only one step.
      for (let step = last - 1; step > 0; step--)
        if (starts.timeMs(slot, step - 1) !== undefined && is(step)) {
          starts.copy(slot, step - 1, step);
          if (step === last - 1) reached.set(slot, event);
        }
      return completion;
    },
    begin(slot, event) {
      if (event.conditions.includes(steps[0]!)) starts.set(slot, event);
    },
    forgetOld(slot, atMs) {
      if ((starts.timeMs(slot) ?? Infinity) + windowMs < atMs) forget(slot);
    },
    forget,
    size: (count) => count,
  });

  return {
    ...form,
    mayHold(slot, further) {
      let missing = steps.length;
      while (slot >= 0 && missing > 1 && starts.timeMs(slot, steps.length - missing) !== undefined) missing--;
      return further >= missing;
    },
    nextMs: (slot) => (starts.timeMs(slot) ?? Infinity) + windowMs + 1,
    bytes: () => starts.bytes + reached.bytes,
    isEmpty: (slot) => starts.timeMs(slot) === undefined,
    save(slot, writer) {
      starts.save(slot, writer);
      if (last > 1) reached.save(slot, writer);
    },
    load(slot, reader) {
      starts.load(slot, reader);
      if (last > 1) reached.load(slot, reader);
    },
  };
}

export const thenForm: DetectForm<SpecOf<'then'>> = {
  create: (spec, { resolveNever }) => createSequence(spec, resolveNever),
  beginsWithRule: false,
};
