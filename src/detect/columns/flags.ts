/** A few bits for each slot, all unset at first. */
import { noBytes, withRoom } from './columns.ts';

export interface Flags {
  has(slot: number, bit: number): boolean;
  set(slot: number, bit: number, on: boolean): void;
  /** Returns all bits at once. */
  all(slot: number): number;
  setAll(slot: number, bits: number): void;
  readonly bytes: number;
}

/** Creates flags. Each `bit` is one of 1, 2, 4 … 128. */
export function createFlags(): Flags {
  let flags = noBytes;
  const all = (slot: number): number => (slot < flags.length ? flags[slot]! : 0);
  function setAll(slot: number, bits: number): void {
    if (bits !== 0) flags = withRoom(flags, slot + 1);
    if (slot < flags.length) flags[slot] = bits;
  }
  return {
    has: (slot, bit) => (all(slot) & bit) !== 0,
    set: (slot, bit, on) => setAll(slot, on ? all(slot) | bit : all(slot) & ~bit),
    all,
    setAll,
    get bytes() {
      return flags.byteLength;
    },
  };
}
