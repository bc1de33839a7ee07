/** `f stays V for D`: the value became V and nothing else was said for D (semantics). A repeat of V changes nothing. */
import type { Value } from '../event/event.ts';
import { loadEvent, plainForm, refOf, saveEvent, type EventRef, type Operator } from './operator.ts';

interface Stay {
  readonly since: EventRef;
  /** D has passed. */
  isDue: boolean;
  /** It fired as an event, or expired: nothing more comes of it. */
  isSpent: boolean;
}

export function createStays(field: string, value: Value, duringMs: number): Operator {
  /** Groups whose value is V. */
  const stays: (Stay | undefined)[] = [];
  const leftAtMs: number[] = [];
  let judgedMs = -Infinity;
  let completed = 0;

  return {
    ...plainForm,
    completesAt: 'deadlines',
    quietReason: 'expired',
    expiresFromFiring: true,
    apply(slot, event) {
      const [said] = event.values(field);
      if (said === undefined) return;
      if (said === value) stays[slot] ??= { since: refOf(event), isDue: false, isSpent: false };
      else if (stays[slot] !== undefined) {
        stays[slot] = undefined;
        leftAtMs[slot] = event.timeMs;
      }
    },
    holds(slot, atMs) {
      judgedMs = atMs;
      completed = 0;
      const stay = stays[slot];
      if (stay === undefined) return false;
      if (!stay.isDue && stay.since.timeMs + duringMs <= atMs) {
        stay.isDue = true;
        completed = 1;
      }
      return stay.isDue && !stay.isSpent;
    },
    completions: () => completed,
    healed: (slot) => leftAtMs[slot] === judgedMs,
    nextMs(slot) {
      const stay = stays[slot];
      return stay === undefined || stay.isDue ? Infinity : stay.since.timeMs + duringMs;
    },
    evidence(slot) {
      const since = stays[slot]?.since;
      return { first: since, latest: [] };
    },
    spend(slot) {
      const stay = stays[slot];
      if (stay !== undefined) stay.isSpent = true;
    },
    isEmpty: (slot) => stays[slot] === undefined,
    clear(slot) {
      stays[slot] = undefined;
      leftAtMs[slot] = -Infinity;
    },
    save(slot, writer) {
      const stay = stays[slot];
      writer.u32(stay === undefined ? 0 : 1 + (stay.isDue ? 2 : 0) + (stay.isSpent ? 4 : 0));
      if (stay !== undefined) saveEvent(stay.since, writer);
    },
    load(slot, reader) {
      const flags = reader.u32();
      if (flags === 0) return;
      stays[slot] = { isDue: (flags & 2) !== 0, isSpent: (flags & 4) !== 0, since: loadEvent(reader) };
    },
  };
}
