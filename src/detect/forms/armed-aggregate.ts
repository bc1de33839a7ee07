/**
 * An aggregate that an empty window satisfies (`count < 3`): it says something only of groups that are known, from D after their
 * first event until they are forgotten (semantics: Aggregates).
 */
import type { Aggregate } from './aggregate.ts';
import { createFlags } from '../columns/flags.ts';
import { notHeldWith, plainForm, type Operator } from '../operator.ts';
import { noPosition } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';

/** It was judged at D after its arming. */
const hasBegun = 1;

/** Events of a group: the arming instant, and the latest event or that instant. */
const armedAt = 0;
const latest = 1;

/** `forgetAfterMs`: S; Infinity without `by`. */
export function createArmedAggregate(
  aggregate: Aggregate,
  windowMs: number,
  forgetAfterMs: number,
): Operator {
  const events = createSlotEvents(2);
  const flags = createFlags();
  const startMs = (slot: number): number => (events.timeMs(slot, armedAt) ?? Infinity) + windowMs;

  return {
    ...aggregate,
    mayHold: plainForm.mayHold,
    arm(slot, atMs) {
      if (events.timeMs(slot) !== undefined) return;
      const instant = { timeMs: atMs, position: noPosition };
      events.set(slot, instant, armedAt);
      events.set(slot, instant, latest);
    },
    apply(slot, event) {
      if (events.timeMs(slot) === undefined) events.set(slot, event, armedAt);
      events.set(slot, event, latest);
      aggregate.apply(slot, event);
    },
    judge(slot, atMs) {
      if (!flags.has(slot, hasBegun) && atMs >= startMs(slot)) {
        flags.set(slot, hasBegun, true);
        aggregate.judgeNext(slot);
      }
      const judgement = aggregate.judge(slot, atMs);
      if (!judgement.holds) return judgement;
      if (!flags.has(slot, hasBegun)) return notHeldWith(judgement.size);
      const evidence = () => {
        const { first, latest: newest, measured } = judgement.evidence();
        return { first: first ?? events.get(slot, latest), latest: newest, measured };
      };
      return { ...judgement, evidence };
    },
    nextMs: (slot) => Math.min(aggregate.nextMs(slot), flags.has(slot, hasBegun) ? Infinity : startMs(slot)),
    retireMs: (slot) => (events.timeMs(slot, latest) ?? Infinity) + forgetAfterMs,
    bytes: () => events.bytes + flags.bytes + aggregate.bytes(),
    isEmpty: (slot) => events.timeMs(slot) === undefined,
    clear(slot) {
      events.clear(slot);
      flags.setAll(slot, 0);
      aggregate.clear(slot);
    },
    save(slot, writer) {
      events.save(slot, writer);
      writer.whole(flags.all(slot));
      aggregate.save(slot, writer);
    },
    load(slot, reader) {
      events.load(slot, reader);
      flags.setAll(slot, reader.whole());
      aggregate.load(slot, reader);
    },
  };
}
