/** `new f within D`: a value that the group has not shown in the D before; the rule's first D only learns (semantics). */
import type { Value } from '../event/event.ts';
import { plainForm, refOf, type EventRef, type Operator } from './operator.ts';

export function createNewValue(field: string, windowMs: number): Operator {
  /** By slot: when each value was last shown, the oldest first. */
  const shown: (Map<Value, number> | undefined)[] = [];
  const newestMs: number[] = [];
  let firstMs = Infinity;
  let found: { readonly slot: number; readonly event: EventRef } | undefined;

  return {
    ...plainForm,
    apply(slot, event) {
      found = undefined;
      if (firstMs === Infinity) firstMs = event.timeMs;
      const values = new Set(event.values[field]);
      if (values.size === 0) return;
      const times = (shown[slot] ??= new Map<Value, number>());
      let isNew = false;
      for (const value of values) {
        const lastMs = times.get(value);
        if (lastMs === undefined || lastMs < event.timeMs - windowMs) isNew = true;
        times.delete(value);
        times.set(value, event.timeMs);
      }
      newestMs[slot] = event.timeMs;
      if (isNew && event.timeMs >= firstMs + windowMs) found = { slot, event: refOf(event) };
    },
    holds(slot, atMs) {
      const times = shown[slot];
      for (const [value, lastMs] of times ?? []) {
        if (lastMs >= atMs - windowMs) break;
        times?.delete(value);
      }
      if (times?.size === 0) shown[slot] = undefined;
      return found?.slot === slot && found.event.timeMs === atMs;
    },
    nextMs: (slot) => (shown[slot] === undefined ? Infinity : newestMs[slot]! + windowMs + 1),
    evidence: () => ({ first: found?.event, latest: [] }),
    isEmpty: (slot) => shown[slot] === undefined,
    clear: (slot) => void (shown[slot] = undefined),
    save: (slot, writer) => writer.json([...(shown[slot] ?? [])]),
    load(slot, reader) {
      const entries = reader.json() as [Value, number][];
      if (entries.length === 0) return;
      shown[slot] = new Map(entries);
      newestMs[slot] = entries.at(-1)![1];
    },
    saveRule: (writer) => writer.f64(firstMs),
    loadRule: (reader) => void (firstMs = reader.f64()),
  };
}
