/**
 * `A not followed by B within D skew S`: every A waits for a B of its group, ends included. Without a B, there is a breach at tA + D. A B
 * up to S before the A also discharges it (semantics).
 */
import type { SpecOf } from '../../rule/ast.ts';
import { WINDOW_EVENTS_MAX } from '../../rule/bounds.ts';
import { createInstantMarks } from './instant-marks.ts';
import { notHeld, onlyHealed, plainForm, type Operator } from '../operator.ts';
import type { EventRef } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import { createWindows } from '../columns/windows.ts';
import type { DetectForm } from './form.ts';

function createAbsence(spec: SpecOf<'not_followed_by'>): Operator {
  const windowMs = spec.within.ms;
  const skewMs = spec.skew?.ms ?? 0;
  // Most groups have only one waiting A.
  const waiting = createWindows({ blockEvents: 1, keepsMasks: false, keepsValues: false });
  /** The latest B of each group, kept while a later A may still be discharged by it. Not used without `skew`. */
  const answers = createSlotEvents();
  const tag = { mask: 0, values: undefined };
  /** A B came at this instant. */
  const answered = createInstantMarks<true>();
  let cut = 0;

  const lapsesMs = (slot: number): number => (answers.timeMs(slot) ?? Infinity) + skewMs + 1;

  /** Removes and returns the A events that have waited for D. */
  function takeBreaches(slot: number, atMs: number): readonly EventRef[] {
    const breaches: EventRef[] = [];
    while (waiting.oldestMs(slot) + windowMs <= atMs) {
      breaches.push(waiting.oldest(slot)!);
      waiting.shift(slot);
    }
    return breaches;
  }

  return {
    ...plainForm,
    isMomentary: true,
    completesAt: 'deadlines',
    quietReason: 'expired',
    apply(slot, event) {
      if (event.conditions.includes(spec.then.name)) {
        answered.set(slot, event.timeMs, true);
        waiting.clear(slot);
        if (skewMs > 0) answers.set(slot, event);
      }
      // A B of the same time discharges the A, whichever comes first.
      if (!event.conditions.includes(spec.first.name) || answered.at(slot, event.timeMs) === true) return;
      if ((answers.timeMs(slot) ?? -Infinity) + skewMs >= event.timeMs) return;
      if (waiting.size(slot) >= WINDOW_EVENTS_MAX) {
        waiting.shift(slot);
        cut++;
      }
      waiting.push(slot, event, tag);
    },
    judge(slot, atMs) {
      if (lapsesMs(slot) <= atMs) answers.clear(slot);
      const healed = answered.at(slot, atMs) === true;
      if (waiting.oldestMs(slot) + windowMs > atMs) return healed ? onlyHealed : notHeld;
      const breaches = takeBreaches(slot, atMs);
      const evidence = (nth = 0) => ({ first: breaches[nth], latest: breaches.slice(-2) });
      return { holds: true, completions: breaches.length, healed, size: breaches.length, evidence };
    },
    nextMs: (slot) => Math.min(waiting.oldestMs(slot) + windowMs, lapsesMs(slot)),
    keptEvents: () => waiting.total,
    cut: () => cut,
    bytes: () => waiting.bytes + answers.bytes,
    isEmpty: (slot) => waiting.size(slot) === 0 && answers.timeMs(slot) === undefined,
    clear(slot) {
      waiting.clear(slot);
      answers.clear(slot);
      answered.clear(slot);
    },
    save(slot, writer) {
      waiting.save(slot, writer);
      answers.save(slot, writer);
    },
    load(slot, reader) {
      waiting.load(slot, reader, () => undefined);
      answers.load(slot, reader);
    },
  };
}

export const notFollowedByForm: DetectForm<SpecOf<'not_followed_by'>> = {
  create: (spec) => createAbsence(spec),
  beginsWithRule: false,
};
