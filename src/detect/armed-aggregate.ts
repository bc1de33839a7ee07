/**
 * An aggregate that an empty window satisfies (`count < 3`): it says something only of groups that are known, from D after their
 * first event until they are forgotten (semantics: Aggregates).
 */
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';
import { noPosition } from './silence.ts';

interface Armed {
  readonly fromMs: number;
  last: EventRef;
}

/** `forgetAfterMs`: S; Infinity without `by`. */
export function createArmedAggregate(aggregate: Operator, windowMs: number, forgetAfterMs: number): Operator {
  const groups: (Armed | undefined)[] = [];
  let judgedMs = -Infinity;

  return {
    ...aggregate,
    mayHold: plainForm.mayHold,
    arm(slot, atMs) {
      groups[slot] ??= { fromMs: atMs, last: { timeMs: atMs, position: noPosition, sample: 0 } };
    },
    apply(slot, event) {
      const group = (groups[slot] ??= { fromMs: event.timeMs, last: event });
      group.last = refOf(event);
      aggregate.apply(slot, event);
    },
    holds(slot, atMs) {
      judgedMs = atMs;
      const holds = aggregate.holds(slot, atMs);
      return holds && atMs >= (groups[slot]?.fromMs ?? Infinity) + windowMs;
    },
    nextMs(slot) {
      const startMs = (groups[slot]?.fromMs ?? Infinity) + windowMs;
      return Math.min(aggregate.nextMs(slot), startMs > judgedMs ? startMs : Infinity);
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
      saveEvent(group.last, writer);
      aggregate.save(slot, writer);
    },
    load(slot, reader) {
      groups[slot] = { fromMs: reader.f64(), last: loadEvent(reader) };
      aggregate.load(slot, reader);
    },
  };
}
