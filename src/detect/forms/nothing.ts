/** `nothing for D seen within S`: no matching event for D in a group that was alive within S (semantics). */
import { createFlags } from '../columns/flags.ts';
import { plainForm, type Operator } from '../operator.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import { noPosition } from '../input/event-ref.ts';
import type { SpecOf } from '../../rule/ast.ts';
import { forgetAfterMs } from './forgotten.ts';
import type { DetectForm } from './form.ts';

/** Armed with the rule: never forgotten. */
const isKept = 1;
/** D has passed since the last event. */
const isDue = 2;
const isSpent = 4;

/** `forgetAfterMs`: S; Infinity without `by`. */
function createSilence(duringMs: number, forgetAfterMs: number): Operator {
  /** The latest event, or the arming instant. */
  const last = createSlotEvents();
  const flags = createFlags();
  let judgedMs = -Infinity;
  let completed = 0;

  return {
    ...plainForm,
    completesAt: 'deadlines',
    arm(slot, atMs) {
      if (last.timeMs(slot) === undefined) last.set(slot, { timeMs: atMs, position: noPosition });
      flags.set(slot, isKept, true);
    },
    apply(slot, event) {
      last.set(slot, event);
      flags.setAll(slot, flags.all(slot) & isKept);
    },
    holds(slot, atMs) {
      judgedMs = atMs;
      completed = 0;
      const lastMs = last.timeMs(slot);
      if (lastMs === undefined) return false;
      if (!flags.has(slot, isDue) && lastMs + duringMs <= atMs) {
        flags.set(slot, isDue, true);
        completed = 1;
      }
      return flags.has(slot, isDue) && !flags.has(slot, isSpent);
    },
    completions: () => completed,
    healed: (slot) => last.timeMs(slot) === judgedMs,
    nextMs: (slot) => (flags.has(slot, isDue) ? Infinity : (last.timeMs(slot) ?? Infinity) + duringMs),
    retireMs: (slot) =>
      flags.has(slot, isKept) ? Infinity : (last.timeMs(slot) ?? Infinity) + forgetAfterMs,
    evidence: (slot) => ({ first: last.get(slot), latest: [] }),
    spend: (slot) => flags.set(slot, isSpent, true),
    bytes: () => last.bytes + flags.bytes,
    isEmpty: (slot) => last.timeMs(slot) === undefined,
    clear(slot) {
      last.clear(slot);
      flags.setAll(slot, 0);
    },
    save(slot, writer) {
      last.save(slot, writer);
      writer.whole(flags.all(slot));
    },
    load(slot, reader) {
      last.load(slot, reader);
      flags.setAll(slot, reader.whole());
    },
  };
}

export const nothingForm: DetectForm<SpecOf<'nothing'>> = {
  create: (spec) => createSilence(spec.during.ms, forgetAfterMs(spec)),
  beginsWithRule: true,
};
