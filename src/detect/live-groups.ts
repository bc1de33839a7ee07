/**
 * The groups of a rule that live: where each is, when it is next to be looked at, and the pass that saves them while they change. What a
 * group is worth, its owner knows.
 */
import type { Value } from '../event/event.ts';
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import { createGroupPass, emptyGroupPass, loadGroups, type GroupPass } from './columns/group-pass.ts';
import { createGroups } from './columns/groups.ts';
import { groupValues } from './input/group-key.ts';
import { Timers } from './time/timers.ts';

export class LiveGroups {
  readonly #groups = createGroups();
  readonly #timers = new Timers();
  #pass: GroupPass | undefined;

  get size(): number {
    return this.#groups.size;
  }

  get bytes(): number {
    return this.#groups.bytes + this.#timers.bytes;
  }

  /** Slot of the group, −1 where it is not alive. */
  find(key: string): number {
    return this.#groups.find(key);
  }

  key(slot: number): string {
    return this.#groups.key(slot);
  }

  values(slot: number): readonly Value[] {
    return groupValues(this.#groups.key(slot));
  }

  /** From the one whose latest event is oldest on. */
  slots(): Iterable<number> {
    return this.#groups.slots();
  }

  /** Slot of the group whose latest event is oldest; −1 when there is none. */
  oldest(): number {
    return this.#groups.oldest();
  }

  add(key: string): number {
    const slot = this.#groups.add(key);
    this.#pass?.added(slot);
    return slot;
  }

  /** Call before anything of the group changes. */
  beforeChange(slot: number): void {
    this.#pass?.beforeChange(slot);
  }

  /** The group had an event, and is about to change. */
  touch(slot: number): void {
    this.beforeChange(slot);
    this.#groups.touch(slot);
  }

  remove(slot: number): void {
    this.#groups.remove(slot);
    this.#timers.disarm(slot);
  }

  /** As `Timers.arm`. */
  arm(slot: number, atMs: number): void {
    this.#timers.arm(slot, atMs);
  }

  /** As `Timers.take`. */
  takeDue(atMs: number): number {
    return this.#timers.take(atMs);
  }

  /** When one of them is next to be looked at; Infinity: never, unless an event comes. */
  nextMs(): number {
    return this.#timers.next();
  }

  save(writer: ByteWriter): void {
    this.#groups.save(writer);
  }

  /** Begins to save each as it stands now. It ends the pass before it. */
  beginPass(saveState: (slot: number, writer: ByteWriter) => void): GroupPass {
    this.#pass = this.#groups.slotCount === 0 ? emptyGroupPass() : createGroupPass(this.#groups, saveState);
    return this.#pass;
  }

  /** The pass will not be asked for more. */
  endPass(pass: GroupPass): void {
    if (this.#pass === pass) this.#pass = undefined;
  }

  load(reader: ByteReader): void {
    this.#groups.load(reader);
  }

  /** Reads a part of a pass; false after the last one. `load` takes the state into the empty slot. */
  loadPart(part: Uint8Array, load: (slot: number, reader: ByteReader) => void): boolean {
    return loadGroups(part, this.#groups, load);
  }
}
