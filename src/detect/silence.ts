/** `nothing for D seen within S`: no matching event for D in a group that was alive within S (semantics). */
import type { EventPosition } from '../event/event.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';

/** The place of what is no event: the instant at which a rule without groups was armed. */
export const noPosition: EventPosition = { source: '', partition: 0, offset: -1 };

interface Quiet {
  /** The latest event, or the arming instant. */
  readonly last: EventRef;
  /** Armed with the rule: never forgotten. */
  readonly isKept: boolean;
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
      groups[slot] = { last, isDue: false, isSpent: false, ...groups[slot], isKept: true };
    },
    apply(slot, event) {
      const isKept = groups[slot]?.isKept === true;
      groups[slot] = { last: refOf(event), isKept, isDue: false, isSpent: false };
    },
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
    retireMs(slot) {
      const group = groups[slot];
      return group === undefined || group.isKept ? Infinity : group.last.timeMs + forgetAfterMs;
    },
    evidence: (slot) => ({ first: groups[slot]?.last, latest: [] }),
    spend(slot) {
      const group = groups[slot];
      if (group !== undefined) group.isSpent = true;
    },
    isEmpty: (slot) => groups[slot] === undefined,
    clear: (slot) => void (groups[slot] = undefined),
    save(slot, writer) {
      const group = groups[slot];
      writer.u32(
        group === undefined
          ? 0
          : 1 + (group.isDue ? 2 : 0) + (group.isSpent ? 4 : 0) + (group.isKept ? 8 : 0),
      );
      if (group !== undefined) saveEvent(group.last, writer);
    },
    load(slot, reader) {
      const flags = reader.u32();
      if (flags === 0) return;
      const last = loadEvent(reader);
      groups[slot] = {
        last,
        isDue: (flags & 2) !== 0,
        isSpent: (flags & 4) !== 0,
        isKept: (flags & 8) !== 0,
      };
    },
  };
}
