/** The waiting matches of a rule as they were at an instant, for a checkpoint that is written while the stream goes on. */
import type { EventPosition } from '../../event/event.ts';
import { noValues, type Waiting } from '../input/waiting.ts';
import type { WaitingEvents } from './waiting-events.ts';

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

export interface SavedColumns {
  /** Events that are used once more until `end`. */
  readonly events: Uint32Array;
  readonly groups: Uint32Array;
  /** The key of each group. */
  readonly keys: readonly (string | undefined)[];
  /** Places in `lists`; undefined: all are 0. */
  readonly listOf: Uint32Array | undefined;
  readonly lists: readonly Waiting['conditions'][];
  readonly valuesOf: readonly (Waiting['values'] | undefined)[] | undefined;
}

export class SavedWaiting implements WaitingColumns {
  readonly #events: WaitingEvents;
  readonly #columns: SavedColumns;
  #isOver = false;

  constructor(events: WaitingEvents, columns: SavedColumns) {
    this.#events = events;
    this.#columns = columns;
  }

  get length(): number {
    return this.#columns.events.length;
  }

  timeMs(at: number): number {
    return this.#events.timeMs(this.#columns.events[at]!);
  }

  position(at: number): EventPosition {
    return this.#events.position(this.#columns.events[at]!);
  }

  group(at: number): number {
    return this.#columns.groups[at]!;
  }

  key(at: number): string {
    return this.#columns.keys[this.#columns.groups[at]!]!;
  }

  conditions(at: number): Waiting['conditions'] {
    const { lists, listOf } = this.#columns;
    return lists[listOf === undefined ? 0 : listOf[at]!]!;
  }

  values(at: number): Waiting['values'] {
    return this.#columns.valuesOf?.[at] ?? noValues;
  }

  /** Ends the saving: nobody will ask for more of them. */
  end(): void {
    if (!this.#isOver) for (const event of this.#columns.events) this.#events.release(event);
    this.#isOver = true;
  }
}
