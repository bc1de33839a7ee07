/** `nothing for D seen within S`: no matching event for D in a group that was alive within S (semantics). */
import type { EventPosition } from '../event/event.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';

/** The place of what is no event: the instant at which a rule without groups was armed. */
export const noPosition: EventPosition = { source: '', partition: 0, offset: -1 };

interface Quiet {
  /** The latest event, or the arming instant. */
  readonly last: EventRef;
  isDue: boolean;
  isSpent: boolean;
}

/** `forgetAfterMs`: S; Infinity without `by`. */
export function createSilence(duringMs: number, forgetAfterMs: number): Operator {
  const groups: (Quiet | undefined)[] = [];
  let judgedMs = -Infinity;
  let completed = 0;

  return {
    ...plainForm,
    completesAt: 'deadlines',
    arm(slot, atMs) {
      const last = { timeMs: atMs, position: noPosition, sample: 0 };
      groups[slot] ??= { last, isDue: false, isSpent: false };
    },
    apply: (slot, event) => void (groups[slot] = { last: refOf(event), isDue: false, isSpent: false }),
    holds(slot, atMs) {
      judgedMs = atMs;
      completed = 0;
      const group = groups[slot];
      if (group === undefined) return false;
      if (!group.isDue && group.last.timeMs + duringMs <= atMs) {
        group.isDue = true;
        completed = 1;
      }
      return group.isDue && !group.isSpent;
    },
    completions: () => completed,
    healed: (slot) => groups[slot]?.last.timeMs === judgedMs,
    nextMs(slot) {
      const group = groups[slot];
      return group === undefined || group.isDue ? Infinity : group.last.timeMs + duringMs;
    },
    retireMs: (slot) => (groups[slot]?.last.timeMs ?? Infinity) + forgetAfterMs,
    evidence: (slot) => ({ first: groups[slot]?.last, latest: [] }),
    spend(slot) {
      const group = groups[slot];
      if (group !== undefined) group.isSpent = true;
    },
    isEmpty: (slot) => groups[slot] === undefined,
    clear: (slot) => void (groups[slot] = undefined),
    save(slot, writer) {
      const group = groups[slot];
      writer.u32(group === undefined ? 0 : 1 + (group.isDue ? 2 : 0) + (group.isSpent ? 4 : 0));
      if (group !== undefined) saveEvent(group.last, writer);
    },
    load(slot, reader) {
      const flags = reader.u32();
      if (flags === 0) return;
      groups[slot] = { isDue: (flags & 2) !== 0, isSpent: (flags & 4) !== 0, last: loadEvent(reader) };
    },
  };
}
