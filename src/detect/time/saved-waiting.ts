/** The waiting matches of a rule as they were at an instant, for a checkpoint that is written while the stream goes on. */
import type { EventPosition } from '../../event/event.ts';
import type { Waiting } from '../input/waiting.ts';

/** Matches of one rule in the order of events, each by its place. */
export interface WaitingColumns {
  readonly length: number;
  timeMs(at: number): number;
  position(at: number): EventPosition;
  /** A number of the match's group, which no other group has. */
  group(at: number): number;
  key(at: number): string;
  conditions(at: number): Waiting['conditions'];
  values(at: number): Waiting['values'];
}

/** The entries of the matches. They stay as they are until the saving is over, also those of matches that become final meanwhile. */
export interface SavedEntries {
  timeMs(entry: number): number;
  position(entry: number): EventPosition;
  groupNumber(entry: number): number;
  keyOf(group: number): string;
  conditions(entry: number): Waiting['conditions'];
  values(entry: number): Waiting['values'];
  endSaving(): void;
}

export class SavedWaiting implements WaitingColumns {
  readonly #order: Uint32Array;
  readonly #entries: SavedEntries;

  /** `order`: the entries in the order of events. */
  constructor(order: Uint32Array, entries: SavedEntries) {
    this.#order = order;
    this.#entries = entries;
  }

  get length(): number {
    return this.#order.length;
  }

  timeMs(at: number): number {
    return this.#entries.timeMs(this.#order[at]!);
  }

  position(at: number): EventPosition {
    return this.#entries.position(this.#order[at]!);
  }

  group(at: number): number {
    return this.#entries.groupNumber(this.#order[at]!);
  }

  key(at: number): string {
    return this.#entries.keyOf(this.group(at));
  }

  conditions(at: number): Waiting['conditions'] {
    return this.#entries.conditions(this.#order[at]!);
  }

  values(at: number): Waiting['values'] {
    return this.#entries.values(this.#order[at]!);
  }

  /** Ends the saving: nobody will ask for more of them. */
  end(): void {
    this.#entries.endSaving();
  }
}
