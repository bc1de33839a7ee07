/** `f stays V for D`: the value became V, and no other value came for D (semantics). A repeat of V changes nothing. */
import type { Value } from '../../event/event.ts';
import type { SpecOf } from '../../rule/ast.ts';
import { plainForm, type Operator } from '../operator.ts';
import { createCountdown } from './countdown.ts';
import type { DetectForm } from './form.ts';
import { createInstantMarks } from './instant-marks.ts';
import { valueIn } from './literal.ts';

function createStays(field: string, value: Value, duringMs: number): Operator {
  /** Runs for groups whose value is V, from the first event with V. */
  const staying = createCountdown(duringMs, false);
  /** Another value came at this instant. */
  const left = createInstantMarks<true>();

  return {
    ...plainForm,
    completesAt: 'deadlines',
    quietReason: 'expired',
    expiresFromFiring: true,
    apply(slot, event) {
      const [said] = event.values[field] ?? [];
      if (said === undefined) return;
      const isStaying = staying.sinceMs(slot) !== undefined;
      if (said === value && !isStaying) staying.start(slot, event);
      else if (said !== value && isStaying) {
        staying.stop(slot);
        left.set(slot, event.timeMs, true);
      }
    },
    judge: (slot, atMs) => staying.judge(slot, atMs, left.at(slot, atMs) === true),
    nextMs: (slot) => staying.nextMs(slot),
    spend: (slot) => staying.spend(slot),
    bytes: () => staying.bytes,
    isEmpty: (slot) => staying.sinceMs(slot) === undefined,
    clear(slot) {
      staying.stop(slot);
      left.clear(slot);
    },
    save: (slot, writer) => staying.save(slot, writer),
    load: (slot, reader) => staying.load(slot, reader),
  };
}

export const staysForm: DetectForm<SpecOf<'stays'>> = {
  create: (spec, rule) => createStays(spec.field.name, valueIn(rule, spec.field, spec.value), spec.during.ms),
  beginsWithRule: false,
};
