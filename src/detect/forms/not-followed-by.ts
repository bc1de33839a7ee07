/**
 * `A not followed by B within D skew S`: every A waits for a B of its group, ends included; at tA + D it is a breach. A B up to S
 * before it discharges it too (semantics).
 */
import type { SpecOf } from '../../rule/ast.ts';
import { mostWindowEvents } from '../../rule/bounds.ts';
import { createInstantNotes } from './instant-notes.ts';
import { plainForm, type Operator } from '../operator.ts';
import type { EventRef } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import { createWindows } from '../columns/windows.ts';
import type { DetectForm } from './form.ts';

function createAbsence(spec: SpecOf<'not_followed_by'>): Operator {
  const windowMs = spec.within.ms;
  const skewMs = spec.skew?.ms ?? 0;
  // Most groups wait with one A.
  const waiting = createWindows({ blockEvents: 1, keepsMasks: false, keepsValues: false });
  /** The latest B of each group, as long as an A could still come so early; none where clocks do not differ. */
  const answers = createSlotEvents();
  const tag = { mask: 0, values: undefined };
  /** Whether a B came at this instant. */
  const answered = createInstantNotes(() => ({ isSo: false }));
  /** Of the instant that was judged last. */
  let breaches: EventRef[] = [];
  let judgedMs = -Infinity;
  let cut = 0;

  const lapsesMs = (slot: number): number => (answers.timeMs(slot) ?? Infinity) + skewMs + 1;

  return {
    ...plainForm,
    isMomentary: true,
    completesAt: 'deadlines',
    quietReason: 'expired',
    apply(slot, event) {
      const note = answered.at(slot, event.timeMs);
      if (event.conditions.includes(spec.then.name)) {
        note.isSo = true;
        waiting.clear(slot);
        if (skewMs > 0) answers.set(slot, event);
      }
      // A B of the same time discharges it, whichever comes first.
      if (!event.conditions.includes(spec.first.name) || note.isSo) return;
      if ((answers.timeMs(slot) ?? -Infinity) + skewMs >= event.timeMs) return;
      if (waiting.size(slot) >= mostWindowEvents) {
        waiting.shift(slot);
        cut++;
      }
      waiting.push(slot, event, tag);
    },
    holds(slot, atMs) {
      if (lapsesMs(slot) <= atMs) answers.clear(slot);
      breaches = [];
      judgedMs = atMs;
      for (let oldest = waiting.oldest(slot); oldest !== undefined; oldest = waiting.oldest(slot)) {
        if (oldest.timeMs + windowMs > atMs) break;
        breaches.push(oldest);
        waiting.shift(slot);
      }
      return breaches.length > 0;
    },
    completions: () => breaches.length,
    healed: (slot) => answered.at(slot, judgedMs).isSo,
    size: () => breaches.length,
    nextMs: (slot) => Math.min(waiting.oldestMs(slot) + windowMs, lapsesMs(slot)),
    evidence: (_slot, nth = 0) => ({ first: breaches[nth], latest: breaches.slice(-2) }),
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
