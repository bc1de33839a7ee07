/**
 * An aggregate that an empty window satisfies (`count < 3`): it says something only of groups that are known, from D after their
 * first event until they are forgotten (semantics: Aggregates).
 */
import type { Aggregate } from './aggregate.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';
import { noPosition } from './silence.ts';

interface Armed {
  readonly fromMs: number;
  /** It was judged at `fromMs` + D. */
  hasBegun: boolean;
  last: EventRef;
}

/** `forgetAfterMs`: S; Infinity without `by`. */
export function createArmedAggregate(
  aggregate: Aggregate,
  windowMs: number,
  forgetAfterMs: number,
): Operator {
  const groups: (Armed | undefined)[] = [];

  return {
    ...aggregate,
    mayHold: plainForm.mayHold,
    arm(slot, atMs) {
      groups[slot] ??= {
        fromMs: atMs,
        hasBegun: false,
        last: { timeMs: atMs, position: noPosition, sample: 0 },
      };
    },
    apply(slot, event) {
      const group = (groups[slot] ??= { fromMs: event.timeMs, hasBegun: false, last: event });
      group.last = refOf(event);
      aggregate.apply(slot, event);
    },
    holds(slot, atMs) {
      const group = groups[slot];
      if (group !== undefined && !group.hasBegun && atMs >= group.fromMs + windowMs) {
        group.hasBegun = true;
        aggregate.judgeNext(slot);
      }
      const holds = aggregate.holds(slot, atMs);
      return holds && group?.hasBegun === true;
    },
    nextMs(slot) {
      const group = groups[slot];
      const startMs = group === undefined || group.hasBegun ? Infinity : group.fromMs + windowMs;
      return Math.min(aggregate.nextMs(slot), startMs);
    },
    retireMs: (slot) => (groups[slot]?.last.timeMs ?? Infinity) + forgetAfterMs,
    evidence(slot) {
      const { first, latest } = aggregate.evidence(slot);
      return { first: first ?? groups[slot]?.last, latest };
    },
    isEmpty: (slot) => groups[slot] === undefined,
    clear(slot) {
      groups[slot] = undefined;
      aggregate.clear(slot);
    },
    save(slot, writer) {
      const group = groups[slot]!;
      writer.f64(group.fromMs);
      writer.u32(group.hasBegun ? 1 : 0);
      saveEvent(group.last, writer);
      aggregate.save(slot, writer);
    },
    load(slot, reader) {
      groups[slot] = { fromMs: reader.f64(), hasBegun: reader.u32() === 1, last: loadEvent(reader) };
      aggregate.load(slot, reader);
    },
  };
}
