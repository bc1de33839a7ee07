/** `f changes from X to Y within D`: the group's latest earlier value was X, at most D ago, and the new value is Y (semantics). */
import type { Value } from '../../event/event.ts';
import { notHeld, plainForm, type Evidence, type Operator } from '../operator.ts';
import { createInstantMarks } from './instant-marks.ts';
import { refOf } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { Literal, SpecOf } from '../../rule/ast.ts';
import { valueIn } from './literal.ts';
import type { DetectForm } from './form.ts';

/** `undefined` stands for `*`: any value except that of the other side. */
interface ChangeSides {
  readonly from: Value | undefined;
  readonly to: Value | undefined;
}

/** Approximate memory of a remembered value with its text. */
const VALUE_BYTES = 40;

function createChanges(field: string, { from, to }: ChangeSides, windowMs: number): Operator {
  /** The group's latest event that has the field; `values` has its value. */
  const latest = createSlotEvents();
  const values: (Value | undefined)[] = [];
  /** The change that the latest event of this instant made. */
  const changes = createInstantMarks<Evidence>();

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
      changes.clear(slot);
      const [value] = event.values[field] ?? [];
      if (value === undefined) return;
      const before = latest.get(slot);
      if (before !== undefined && event.timeMs - before.timeMs <= windowMs && isWanted(values[slot]!, value))
        changes.set(slot, event.timeMs, { first: refOf(event), latest: [before, refOf(event)] });
      latest.set(slot, event);
      values[slot] = value;
    },
    judge(slot, atMs) {
      if ((latest.timeMs(slot) ?? Infinity) + windowMs < atMs) forget(slot);
      const change = changes.at(slot, atMs);
      if (change === undefined) return notHeld;
      return { holds: true, completions: 0, healed: false, size: 1, evidence: () => change };
    },
    nextMs: (slot) => (latest.timeMs(slot) ?? Infinity) + windowMs + 1,
    bytes: () => latest.bytes + values.length * VALUE_BYTES,
    isEmpty: (slot) => latest.timeMs(slot) === undefined,
    clear(slot) {
      forget(slot);
      changes.clear(slot);
    },
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
