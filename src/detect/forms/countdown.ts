/** The part that `stays` and `nothing` share: D runs from an event of each group, and is over once. */
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { createFlags } from '../columns/flags.ts';
import { createSlotEvents } from '../columns/slot-events.ts';
import type { EventRef } from '../input/event-ref.ts';
import { notHeld, onlyHealed, type Judgement } from '../operator.ts';

export interface Countdown {
  /** When the event was from which D runs; undefined where none does. */
  sinceMs(slot: number): number | undefined;
  /** D runs anew from this event. */
  start(slot: number, event: EventRef): void;
  /** Nothing is remembered of the group. */
  stop(slot: number): void;
  /** A flag of the form's own, kept by `start` and lost by `stop`. */
  isMarked(slot: number): boolean;
  mark(slot: number): void;
  /** Holds from the end of D on until the countdown is spent. `healed`: a healing event came at this instant. */
  judge(slot: number, atMs: number, healed: boolean): Judgement;
  /** The end of D; Infinity where it is over, and where none runs. */
  nextMs(slot: number): number;
  /** Nothing more comes of it until it is started anew. */
  spend(slot: number): void;
  readonly bytes: number;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader): void;
}

/** `hasMark`: the form has a flag of its own, which then stands before those of the countdown in the saved bits. */
export function createCountdown(duringMs: number, hasMark: boolean): Countdown {
  const since = createSlotEvents();
  const flags = createFlags();
  const marked = hasMark ? 1 : 0;
  /** D has passed. */
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
