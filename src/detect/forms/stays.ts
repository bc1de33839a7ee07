/** `f stays V for D`: the value became V and nothing else was said for D (semantics). A repeat of V changes nothing. */
import type { Value } from '../../event/event.ts';
import { createFlags } from '../columns/flags.ts';
import { createInstantNotes } from './instant-notes.ts';
import { plainForm, type Operator } from '../operator.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { SpecOf } from '../../rule/ast.ts';
import { valueIn } from './literal.ts';
import type { DetectForm } from './form.ts';

/** D has passed. */
const isDue = 1;
/** It fired as an event, or expired: nothing more comes of it. */
const isSpent = 2;

function createStays(field: string, value: Value, duringMs: number): Operator {
  /** Of groups whose value is V. */
  const since = createSlotEvents();
  const flags = createFlags();
  /** Whether another value came at this instant. */
  const left = createInstantNotes(() => ({ isSo: false }));
  let judgedMs = -Infinity;
  let completed = 0;

  function forget(slot: number): void {
    since.clear(slot);
    flags.setAll(slot, 0);
  }

  return {
    ...plainForm,
    completesAt: 'deadlines',
    quietReason: 'expired',
    expiresFromFiring: true,
    apply(slot, event) {
      const [said] = event.values[field] ?? [];
      if (said === undefined) return;
      const isStaying = since.timeMs(slot) !== undefined;
      if (said === value && !isStaying) since.set(slot, event);
      else if (said !== value && isStaying) {
        forget(slot);
        left.at(slot, event.timeMs).isSo = true;
      }
    },
    holds(slot, atMs) {
      judgedMs = atMs;
      completed = 0;
      const sinceMs = since.timeMs(slot);
      if (sinceMs === undefined) return false;
      if (!flags.has(slot, isDue) && sinceMs + duringMs <= atMs) {
        flags.set(slot, isDue, true);
        completed = 1;
      }
      return flags.has(slot, isDue) && !flags.has(slot, isSpent);
    },
    completions: () => completed,
    healed: (slot) => left.at(slot, judgedMs).isSo,
    nextMs: (slot) => (flags.has(slot, isDue) ? Infinity : (since.timeMs(slot) ?? Infinity) + duringMs),
    evidence: (slot) => ({ first: since.get(slot), latest: [] }),
    spend(slot) {
      if (since.timeMs(slot) !== undefined) flags.set(slot, isSpent, true);
    },
    bytes: () => since.bytes + flags.bytes,
    isEmpty: (slot) => since.timeMs(slot) === undefined,
    clear(slot) {
      forget(slot);
      left.clear(slot);
    },
    save(slot, writer) {
      since.save(slot, writer);
      writer.whole(flags.all(slot));
    },
    load(slot, reader) {
      since.load(slot, reader);
      flags.setAll(slot, reader.whole());
    },
  };
}

export const staysForm: DetectForm<SpecOf<'stays'>> = {
  create: (spec, rule) => createStays(spec.field.name, valueIn(rule, spec.field, spec.value), spec.during.ms),
  beginsWithRule: false,
};
