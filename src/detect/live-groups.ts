/**
 * The live groups of a rule: the slot of each, the timer of each, and the pass that saves them while they change. It knows nothing of the
 * keyed state itself; the owner of the groups does.
 */
import type { Value } from '../event/event.ts';
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import { createGroupPass, emptyGroupPass, loadGroups, type GroupPass } from './columns/group-pass.ts';
import { createGroups } from './columns/groups.ts';
import { groupValues } from './input/group-key.ts';
import { Timers } from './time/timers.ts';

/** A group that remembers its slot, so that it need not be found again. While it does, nobody else adds it but by its key. */
export interface RemembersSlot {
  readonly key: string;
  /** −1: it is not live, or not known to be. */
  slot: number;
  /**
   * `slot` holds as long as no slot was given back since, or, for −1, no group was added by its key: this is the count of these. −1: nothing
   * is known.
   */
  asOf: number;
}

export class LiveGroups {
  readonly #groups = createGroups();
  readonly #timers = new Timers();
  #pass: GroupPass | undefined;
  /** How often a slot was given back, and how often a group was added by its key. */
  #removals = 0;
  #additions = 0;

  get size(): number {
    return this.#groups.size;
  }

  get bytes(): number {
    return this.#groups.bytes + this.#timers.bytes;
  }

  /** Returns the slot of the group; −1 if it is not live. */
  find(key: string): number {
    return this.#groups.find(key);
  }

  /** As `find`, for a group that remembers its slot. */
  slotOf(group: RemembersSlot): number {
    const isKnown = group.asOf === (group.slot < 0 ? this.#additions : this.#removals);
    return isKnown ? group.slot : this.#remember(group, this.#groups.find(group.key));
  }

  /** As `add`, for a group that remembers its slot. */
  addGroup(group: RemembersSlot): number {
    return this.#remember(group, this.#add(group.key));
  }

  key(slot: number): string {
    return this.#groups.key(slot);
  }

  values(slot: number): readonly Value[] {
    return groupValues(this.#groups.key(slot));
  }

  /** The slots, beginning with the group whose latest event is oldest. */
  slots(): Iterable<number> {
    return this.#groups.slots();
  }

  /** Returns the slot of the group whose latest event is oldest; −1 if there is no group. */
  oldest(): number {
    return this.#groups.oldest();
  }

  add(key: string): number {
    this.#additions++;
    return this.#add(key);
  }

  #add(key: string): number {
    const slot = this.#groups.add(key);
    this.#pass?.added(slot);
    return slot;
  }

  /** Call this before anything of the group changes. */
  beforeChange(slot: number): void {
    this.#pass?.beforeChange(slot);
  }

  /** Records that the group had an event and is about to change. */
  touch(slot: number): void {
    this.beforeChange(slot);
    this.#groups.touch(slot);
  }

  remove(slot: number): void {
    this.#groups.remove(slot);
    this.#timers.disarm(slot);
    this.#removals++;
  }

  /** As `Timers.arm`. */
  arm(slot: number, atMs: number): void {
    this.#timers.arm(slot, atMs);
  }

  /** As `Timers.take`. */
  takeDue(atMs: number): number {
    return this.#timers.take(atMs);
  }

  /** The earliest time at which a timer is due; Infinity: never, until an event comes. */
  nextMs(): number {
    return this.#timers.next();
  }

  save(writer: ByteWriter): void {
    this.#groups.save(writer);
  }

  /** Begins to save each group as it is now. Ends the pass before it. */
  beginPass(saveState: (slot: number, writer: ByteWriter) => void): GroupPass {
    this.#pass = this.#groups.slotCount === 0 ? emptyGroupPass() : createGroupPass(this.#groups, saveState);
    return this.#pass;
  }

  /** Ends the pass: nobody will ask it for more parts. */
  endPass(pass: GroupPass): void {
    if (this.#pass === pass) this.#pass = undefined;
  }

  load(reader: ByteReader): void {
    this.#groups.load(reader);
  }

  /** Reads a part of a pass; returns false after the last part. `load` reads the state of a group into its empty slot. */
  loadPart(part: Uint8Array, load: (slot: number, reader: ByteReader) => void): boolean {
    return loadGroups(part, this.#groups, load);
  }

  #remember(group: RemembersSlot, slot: number): number {
    group.slot = slot;
    group.asOf = slot < 0 ? this.#additions : this.#removals;
    return slot;
  }
}
