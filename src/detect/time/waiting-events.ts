/**
 * The events of which matches wait for the watermark, for all rules together. An event stands here once, however many rules it matched, as
 * long as one of their matches waits.
 */
import { noDoubles, noWords, withAmpleRoom } from '../columns/columns.ts';
import { comparePositions, type EventPosition } from '../../event/event.ts';

export class WaitingEvents {
  #timesMs = noDoubles;
  readonly #positions: (EventPosition | undefined)[] = [];
  /** Number of matches of each event; for a free number, the next free one plus one. */
  #uses = noWords;
  /** The free number to take next, and the one to take last, plus one; 0: none. So neighbours in time mostly are neighbours here. */
  #freed = 0;
  #freedLast = 0;

  /** Adds an event that no match uses yet; returns its number. */
  add(timeMs: number, position: EventPosition): number {
    const event = this.#freed > 0 ? this.#freed - 1 : this.#positions.length;
    if (this.#freed > 0) this.#freed = this.#uses[event]!;
    if (event >= this.#uses.length) {
      this.#timesMs = withAmpleRoom(this.#timesMs, event + 1);
      this.#uses = withAmpleRoom(this.#uses, event + 1);
    }
    this.#timesMs[event] = timeMs;
    this.#positions[event] = position;
    this.#uses[event] = 0;
    return event;
  }

  use(event: number): void {
    this.#uses[event]!++;
  }

  /** Ends one use. The event is forgotten with its last one. */
  release(event: number): void {
    if (--this.#uses[event]! > 0) return;
    this.#positions[event] = undefined;
    this.#uses[event] = 0;
    if (this.#freed === 0) this.#freed = event + 1;
    else this.#uses[this.#freedLast - 1] = event + 1;
    this.#freedLast = event + 1;
  }

  timeMs(event: number): number {
    return this.#timesMs[event]!;
  }

  position(event: number): EventPosition {
    return this.#positions[event]!;
  }

  /** Compares two events by their order (event-order.ts). */
  compare(a: number, b: number): number {
    return (
      this.#timesMs[a]! - this.#timesMs[b]! || comparePositions(this.#positions[a]!, this.#positions[b]!)
    );
  }
}
