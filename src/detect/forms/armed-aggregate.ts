/**
 * An aggregate that an empty window satisfies (`count < 3`). It judges only known groups: from D after their first event until they are
 * forgotten (semantics: Aggregates).
 */
import type { Aggregate } from './aggregate.ts';
import { createFlags } from '../columns/flags.ts';
import { notHeldWith, plainForm, type Operator } from '../operator.ts';
import { noPosition } from '../input/event-ref.ts';
import { createSlotEvents } from '../columns/slot-events.ts';

/** The group has been judged at D after its arming. */
const HAS_BEGUN = 1;

/** Places for the events of a group: the event or instant of its arming, and its latest event (at first that of its arming). */
const ARMED_AT = 0;
const LATEST = 1;

/** `forgetAfterMs`: S of the clause; Infinity without `by`. */
export function createArmedAggregate(
  aggregate: Aggregate,
  windowMs: number,
  forgetAfterMs: number,
): Operator {
  const events = createSlotEvents(2);
  const flags = createFlags();
  const startMs = (slot: number): number => (events.timeMs(slot, ARMED_AT) ?? Infinity) + windowMs;

  return {
    ...aggregate,
    remembersEach: false,
    mayHold: plainForm.mayHold,
    arm(slot, atMs) {
      if (events.timeMs(slot) !== undefined) return;
      const instant = { timeMs: atMs, position: noPosition };
      events.set(slot, instant, ARMED_AT);
      events.set(slot, instant, LATEST);
    },
    apply(slot, event) {
      if (events.timeMs(slot) === undefined) events.set(slot, event, ARMED_AT);
      events.set(slot, event, LATEST);
      aggregate.apply(slot, event);
    },
    judge(slot, atMs) {
      if (!flags.has(slot, HAS_BEGUN) && atMs >= startMs(slot)) {
        flags.set(slot, HAS_BEGUN, true);
        aggregate.judgeNext(slot);
      }
      const judgement = aggregate.judge(slot, atMs);
      if (!judgement.holds) return judgement;
      if (!flags.has(slot, HAS_BEGUN)) return notHeldWith(judgement.size);
      const evidence = () => {
        const { first, latest: newest, measured } = judgement.evidence();
        return { first: first ?? events.get(slot, LATEST), latest: newest, measured };
      };
      return { ...judgement, evidence };
    },
    nextMs: (slot) => Math.min(aggregate.nextMs(slot), flags.has(slot, HAS_BEGUN) ? Infinity : startMs(slot)),
    retireMs: (slot) => (events.timeMs(slot, LATEST) ?? Infinity) + forgetAfterMs,
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
