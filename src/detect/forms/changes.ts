/** `f changes from X to Y within D`: the group's latest earlier value was X, at most D ago, and the new one is Y (semantics). */
import type { Value } from '../../event/event.ts';
import { plainForm, type Operator } from '../operator.ts';
import { refOf, type EventRef } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { Literal, SpecOf } from '../../rule/ast.ts';
import { valueIn } from './literal.ts';
import type { DetectForm } from './form.ts';

/** `undefined`: `*`, any value but the other side's. */
interface ChangeSides {
  readonly from: Value | undefined;
  readonly to: Value | undefined;
}

/** A remembered value with its text, about. */
const valueBytes = 40;

function createChanges(field: string, { from, to }: ChangeSides, windowMs: number): Operator {
  /** The group's latest event that has the field, and what it said. */
  const latest = createSlotEvents();
  const values: (Value | undefined)[] = [];
  /** The change that the last event of this slot made. */
  let change: { readonly slot: number; readonly before: EventRef; readonly event: EventRef } | undefined;

  function isWanted(before: Value, after: Value): boolean {
    return before !== after && (from === undefined || before === from) && (to === undefined || after === to);
  }

  function forget(slot: number): void {
    latest.clear(slot);
    values[slot] = undefined;
  }

  return {
    ...plainForm,
    apply(slot, event) {
      change = undefined;
      const [value] = event.values[field] ?? [];
      if (value === undefined) return;
      const before = latest.get(slot);
      if (before !== undefined && event.timeMs - before.timeMs <= windowMs && isWanted(values[slot]!, value))
        change = { slot, before, event: refOf(event) };
      latest.set(slot, event);
      values[slot] = value;
    },
    holds(slot, atMs) {
      if ((latest.timeMs(slot) ?? Infinity) + windowMs < atMs) forget(slot);
      return change?.slot === slot && change.event.timeMs === atMs;
    },
    nextMs: (slot) => (latest.timeMs(slot) ?? Infinity) + windowMs + 1,
    evidence: () => ({
      first: change?.event,
      latest: change === undefined ? [] : [change.before, change.event],
    }),
    bytes: () => latest.bytes + values.length * valueBytes,
    isEmpty: (slot) => latest.timeMs(slot) === undefined,
    clear: forget,
    save(slot, writer) {
      latest.save(slot, writer);
      writer.json(values[slot] ?? null);
    },
    load(slot, reader) {
      latest.load(slot, reader);
      values[slot] = (reader.json() as Value | null) ?? undefined;
    },
  };
}

export const changesForm: DetectForm<SpecOf<'changes'>> = {
  create: ({ field, from, to, within }, rule) => {
    const side = (literal: Literal | undefined) => literal && valueIn(rule, field, literal);
    return createChanges(field.name, { from: side(from), to: side(to) }, within.ms);
  },
  beginsWithRule: false,
};
