/**
 * The events of which matches wait for the watermark, for all rules together. An event stands here once, however many rules it matched, as
 * long as one of their matches waits.
 */
import { noDoubles, noWords, withAmpleRoom } from '../columns/columns.ts';
import { PartitionNumbers } from '../columns/partition-numbers.ts';
import type { EventPosition } from '../../event/event.ts';
import type { MatchEvents } from '../../event/match-events.ts';

export class WaitingEvents {
  #timesMs = noDoubles;
  #offsets = noDoubles;
  #partitionOf = noWords;
  readonly #partitions = new PartitionNumbers();
  /** All events so far have a number below this one. */
  #count = 0;
  /** Number of matches of each event; for a free number, the next free one plus one. */
  #uses = noWords;
  /** The free number to take next, and the one to take last, plus one; 0: none. So neighbours in time mostly are neighbours here. */
  #freed = 0;
  #freedLast = 0;

  /** Adds an event that no match uses yet; returns its number. */
  add(timeMs: number, { source, partition, offset }: EventPosition): number {
    return this.#add(timeMs, this.#partitions.of(source, partition), offset);
  }

  /** As `add`, for an event of matches by its number. */
  addOf(events: MatchEvents, event: number): number {
    const partition = this.#partitions.of(events.sourceOf(event), events.partitionOf(event));
    return this.#add(events.timesMs[event]!, partition, events.offsets[event]!);
  }

  use(event: number): void {
    this.#uses[event]!++;
  }

  /** Ends one use. The event is forgotten with its last one. */
  release(event: number): void {
    if (--this.#uses[event]! > 0) return;
    this.#uses[event] = 0;
    if (this.#freed === 0) this.#freed = event + 1;
    else this.#uses[this.#freedLast - 1] = event + 1;
    this.#freedLast = event + 1;
  }

  timeMs(event: number): number {
    return this.#timesMs[event]!;
  }

  position(event: number): EventPosition {
    const number = this.#partitionOf[event]!;
    const [source, partition] = [this.#partitions.source(number), this.#partitions.partition(number)];
    return { source, partition, offset: this.#offsets[event]! };
  }

  /** Compares two events by their order (event-order.ts). */
  compare(a: number, b: number): number {
    const byTime = this.#timesMs[a]! - this.#timesMs[b]!;
    if (byTime !== 0) return byTime;
    const [partition, other] = [this.#partitionOf[a]!, this.#partitionOf[b]!];
    if (partition !== other) return this.#partitions.compare(partition, other);
    return this.#offsets[a]! - this.#offsets[b]!;
  }

  #add(timeMs: number, partition: number, offset: number): number {
    const event = this.#freed > 0 ? this.#freed - 1 : this.#count++;
    if (this.#freed > 0) this.#freed = this.#uses[event]!;
    if (event >= this.#uses.length) {
      this.#timesMs = withAmpleRoom(this.#timesMs, event + 1);
      this.#offsets = withAmpleRoom(this.#offsets, event + 1);
      this.#partitionOf = withAmpleRoom(this.#partitionOf, event + 1);
      this.#uses = withAmpleRoom(this.#uses, event + 1);
    }
    this.#timesMs[event] = timeMs;
    this.#offsets[event] = offset;
    this.#partitionOf[event] = partition;
    this.#uses[event] = 0;
    return event;
  }
}
