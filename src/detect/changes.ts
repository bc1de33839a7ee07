/** `f changes from X to Y within D`: the group's latest earlier value was X, at most D ago, and the new one is Y (semantics). */
import type { Value } from '../event/event.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';

/** `undefined`: `*`, any value but the other side's. */
export interface ChangeSides {
  readonly from: Value | undefined;
  readonly to: Value | undefined;
}

export function createChanges(field: string, { from, to }: ChangeSides, windowMs: number): Operator {
  const latest: ({ readonly value: Value; readonly event: EventRef } | undefined)[] = [];
  /** The change that the last event of this slot made. */
  let change: { readonly slot: number; readonly before: EventRef; readonly event: EventRef } | undefined;

  function isWanted(before: Value, after: Value): boolean {
    return before !== after && (from === undefined || before === from) && (to === undefined || after === to);
  }

  return {
    ...plainForm,
    apply(slot, event) {
      change = undefined;
      const [value] = event.values(field);
      if (value === undefined) return;
      const before = latest[slot];
      const after = refOf(event);
      if (
        before !== undefined &&
        event.timeMs - before.event.timeMs <= windowMs &&
        isWanted(before.value, value)
      )
        change = { slot, before: before.event, event: after };
      latest[slot] = { value, event: after };
    },
    holds(slot, atMs) {
      const before = latest[slot];
      if (before !== undefined && before.event.timeMs + windowMs < atMs) latest[slot] = undefined;
      return change?.slot === slot && change.event.timeMs === atMs;
    },
    nextMs: (slot) => (latest[slot]?.event.timeMs ?? Infinity) + windowMs + 1,
    evidence: () => ({
      first: change?.event,
      latest: change === undefined ? [] : [change.before, change.event],
    }),
    isEmpty: (slot) => latest[slot] === undefined,
    clear: (slot) => void (latest[slot] = undefined),
    save(slot, writer) {
      const state = latest[slot];
      writer.json(state === undefined ? null : [state.value]);
      if (state !== undefined) saveEvent(state.event, writer);
    },
    load(slot, reader) {
      const saved = reader.json() as [Value] | null;
      if (saved !== null) latest[slot] = { value: saved[0], event: loadEvent(reader) };
    },
  };
}
