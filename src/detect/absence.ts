/** `A not followed by B within D`: every A waits for a B of its group, ends included; at tA + D it is a breach (semantics). */
import type { AlertSpec } from '../rule/ast.ts';
import { mostWindowEvents } from '../rule/bounds.ts';
import { createInstantNotes } from './instant-notes.ts';
import { plainForm, type EventRef, type Operator } from './operator.ts';
import { createWindows } from './windows.ts';

export function createAbsence(spec: Extract<AlertSpec, { kind: 'not_followed_by' }>): Operator {
  const windowMs = spec.within.ms;
  // Most groups wait with one A.
  const waiting = createWindows({ blockEvents: 1, keepsMasks: false, keepsValues: false });
  const tag = { mask: 0, values: undefined };
  /** Whether a B came at this instant. */
  const answered = createInstantNotes(() => ({ isSo: false }));
  /** Of the instant that was judged last. */
  let breaches: EventRef[] = [];
  let judgedMs = -Infinity;
  let cut = 0;

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
      }
      // A B of the same time discharges it, whichever comes first.
      if (!event.conditions.includes(spec.first.name) || note.isSo) return;
      if (waiting.size(slot) >= mostWindowEvents) {
        waiting.shift(slot);
        cut++;
      }
      waiting.push(slot, event, tag);
    },
    holds(slot, atMs) {
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
    nextMs: (slot) => waiting.oldestMs(slot) + windowMs,
    evidence: (_slot, nth = 0) => ({ first: breaches[nth], latest: breaches.slice(-2) }),
    keptEvents: () => waiting.total,
    cut: () => cut,
    bytes: () => waiting.bytes,
    isEmpty: (slot) => waiting.size(slot) === 0,
    clear(slot) {
      waiting.clear(slot);
      answered.clear(slot);
    },
    save(slot, writer) {
      waiting.save(slot, writer);
    },
    load(slot, reader) {
      waiting.load(slot, reader, () => undefined);
    },
  };
}
