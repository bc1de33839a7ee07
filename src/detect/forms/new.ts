/** `new f within D`: a value that the group has not shown in the D before. In the first D of the rule the form only learns (semantics). */
import type { Value } from '../../event/event.ts';
import { DISTINCT_MAX } from '../../rule/bounds.ts';
import { notHeld, plainForm, type Operator } from '../operator.ts';
import { createInstantMarks } from './instant-marks.ts';
import { refOf, type EventRef } from '../input/event-ref.ts';
import type { SpecOf } from '../../rule/ast.ts';
import type { DetectForm } from './form.ts';

/** Approximate memory of a remembered value with its text, and of a group's map of values. */
const VALUE_BYTES = 80;
const SLOT_BYTES = 200;

function createNewValue(field: string, windowMs: number): Operator {
  /** For each slot, the time at which each value was last shown, the oldest first. */
  const shown: (Map<Value, number> | undefined)[] = [];
  const newestMs: number[] = [];
  let firstMs = Infinity;
  let total = 0;
  let cut = 0;
  /** The latest event of this instant, if it showed a new value. */
  const found = createInstantMarks<EventRef>();

  function forgetBeyondBound(times: Map<Value, number>): void {
    for (const value of times.keys()) {
      if (times.size <= DISTINCT_MAX) return;
      times.delete(value);
      total--;
      cut++;
    }
  }

  return {
    ...plainForm,
    apply(slot, event) {
      found.clear(slot);
      if (firstMs === Infinity) firstMs = event.timeMs;
      const values = new Set(event.values[field]);
      if (values.size === 0) return;
      const times = (shown[slot] ??= new Map<Value, number>());
      let isNew = false;
      for (const value of values) {
        const lastMs = times.get(value);
        if (lastMs === undefined || lastMs < event.timeMs - windowMs) isNew = true;
        if (times.delete(value)) total--;
        times.set(value, event.timeMs);
        total++;
      }
      forgetBeyondBound(times);
      newestMs[slot] = event.timeMs;
      if (isNew && event.timeMs >= firstMs + windowMs) found.set(slot, event.timeMs, refOf(event));
    },
    judge(slot, atMs) {
      const times = shown[slot];
      for (const [value, lastMs] of times ?? []) {
        if (lastMs >= atMs - windowMs) break;
        times?.delete(value);
        total--;
      }
      if (times?.size === 0) shown[slot] = undefined;
      const first = found.at(slot, atMs);
      if (first === undefined) return notHeld;
      return { holds: true, completions: 0, healed: false, size: 1, evidence: () => ({ first, latest: [] }) };
    },
    nextMs: (slot) => (shown[slot] === undefined ? Infinity : newestMs[slot]! + windowMs + 1),
    isEmpty: (slot) => shown[slot] === undefined,
    keptEvents: () => total,
    cut: () => cut,
    bytes: () => total * VALUE_BYTES + shown.length * SLOT_BYTES,
    clear(slot) {
      found.clear(slot);
      total -= shown[slot]?.size ?? 0;
      shown[slot] = undefined;
    },
    save: (slot, writer) => writer.json([...(shown[slot] ?? [])]),
    load(slot, reader) {
      const entries = reader.json() as [Value, number][];
      if (entries.length === 0) return;
      shown[slot] = new Map(entries);
      total += entries.length;
      newestMs[slot] = entries.at(-1)![1];
    },
    learnsUntilMs: () => (firstMs === Infinity ? -Infinity : firstMs + windowMs),
    saveRule: (writer) => writer.f64(firstMs),
    loadRule: (reader) => void (firstMs = reader.f64()),
  };
}

export const newForm: DetectForm<SpecOf<'new'>> = {
  create: ({ field, within }) => createNewValue(field.name, within.ms),
  beginsWithRule: false,
};
