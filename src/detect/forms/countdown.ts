/** The part that `stays` and `nothing` share: D runs from an event of each group, and ends once. */
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { createFlags } from '../columns/flags.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { EventRef } from '../input/event-ref.ts';
import { notHeld, onlyHealed, type Judgement } from '../operator.ts';

export interface Countdown {
  /** Time of the event from which D runs; undefined if no countdown runs. */
  sinceMs(slot: number): number | undefined;
  /** Lets D run anew from this event. */
  start(slot: number, event: EventRef): void;
  /** Forgets the group. */
  stop(slot: number): void;
  /** True if the flag of the form's own is set. `start` keeps it, `stop` clears it. */
  isMarked(slot: number): boolean;
  mark(slot: number): void;
  /** Holds from the end of D until the countdown is spent. `healed`: a healing event came at this instant. */
  judge(slot: number, atMs: number, healed: boolean): Judgement;
  /** The end of D; Infinity if it is over, or if no countdown runs. */
  nextMs(slot: number): number;
  /** Ends the effect of the countdown until it is started anew. */
  spend(slot: number): void;
  readonly bytes: number;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader): void;
}

/** `hasMark`: the form has a flag of its own. It then takes the first of the saved bits, before the flags of the countdown. */
export function createCountdown(duringMs: number, hasMark: boolean): Countdown {
  const since = createSlotEvents();
  const flags = createFlags();
  const marked = hasMark ? 1 : 0;
  /** The bit that says that D has passed. */
  const isDue = 1 << marked;
  const isSpent = 2 << marked;

  return {
    sinceMs: (slot) => since.timeMs(slot),
    start(slot, event) {
      since.set(slot, event);
      flags.setAll(slot, flags.all(slot) & marked);
    },
    stop(slot) {
      since.clear(slot);
      flags.setAll(slot, 0);
    },
    isMarked: (slot) => flags.has(slot, marked),
    mark: (slot) => flags.set(slot, marked, true),
    judge(slot, atMs, healed) {
      const sinceMs = since.timeMs(slot);
      const ends = sinceMs !== undefined && !flags.has(slot, isDue) && sinceMs + duringMs <= atMs;
      if (ends) flags.set(slot, isDue, true);
      const holds = sinceMs !== undefined && flags.has(slot, isDue) && !flags.has(slot, isSpent);
      if (!holds) return healed ? onlyHealed : notHeld;
      const evidence = () => ({ first: since.get(slot), latest: [] });
      return { holds, completions: ends ? 1 : 0, healed, size: 1, evidence };
    },
    nextMs: (slot) => (flags.has(slot, isDue) ? Infinity : (since.timeMs(slot) ?? Infinity) + duringMs),
    spend(slot) {
      if (since.timeMs(slot) !== undefined) flags.set(slot, isSpent, true);
    },
    get bytes() {
      return since.bytes + flags.bytes;
    },
    save(slot, writer) {
      since.save(slot, writer);
      writer.whole(flags.all(slot));
    },
    load(slot, reader) {
      since.load(slot, reader);
      flags.setAll(slot, reader.whole());
    },
  };
}
