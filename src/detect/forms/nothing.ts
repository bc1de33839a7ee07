/** `nothing for D seen within S`: no matching event for D in a group that was alive within S (semantics). */
import type { SpecOf } from '../../rule/ast.ts';
import { noPosition } from '../input/event-ref.ts';
import { plainForm, type Operator } from '../operator.ts';
import { createCountdown } from './countdown.ts';
import { forgetAfterMs } from './forgotten.ts';
import type { DetectForm } from './form.ts';

/** `forgetAfterMs`: S; Infinity without `by`. */
function createSilence(duringMs: number, forgetAfterMs: number): Operator {
  /** Runs from the latest event, or from the instant of the arming. The mark says: the group was armed with the rule, and is never forgotten. */
  const silence = createCountdown(duringMs, true);

  return {
    ...plainForm,
    completesAt: 'deadlines',
    arm(slot, atMs) {
      if (silence.sinceMs(slot) === undefined) silence.start(slot, { timeMs: atMs, position: noPosition });
      silence.mark(slot);
    },
    apply: (slot, event) => silence.start(slot, event),
    judge: (slot, atMs) => silence.judge(slot, atMs, silence.sinceMs(slot) === atMs),
    nextMs: (slot) => silence.nextMs(slot),
    retireMs: (slot) =>
      silence.isMarked(slot) ? Infinity : (silence.sinceMs(slot) ?? Infinity) + forgetAfterMs,
    spend: (slot) => silence.spend(slot),
    bytes: () => silence.bytes,
    isEmpty: (slot) => silence.sinceMs(slot) === undefined,
    clear: (slot) => silence.stop(slot),
    save: (slot, writer) => silence.save(slot, writer),
    load: (slot, reader) => silence.load(slot, reader),
  };
}

export const nothingForm: DetectForm<SpecOf<'nothing'>> = {
  create: (spec) => createSilence(spec.during.ms, forgetAfterMs(spec)),
  beginsWithRule: true,
};
