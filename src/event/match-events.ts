/** The events of matches as columns. The position of an event, and what is shown of it, become objects where somebody asks for them. */
import type { EventPosition } from './event.ts';
import type { ShownEvent } from './match.ts';
import type { ShownLine } from './shown-line.ts';

/** The lines of one batch, of which events are. */
export interface ShownLines {
  readonly source: string;
  readonly partition: number;
  show(line: number): ShownEvent;
  /** As in `ShownEvent`, of a line. */
  line(line: number): ShownLine | undefined;
}

const FEW = 16;

export class MatchEvents {
  #length = 0;
  #timesMs: Float64Array;
  #offsets: Float64Array;
  #lineOf: Uint32Array;
  /** The lines of the events that were not given as objects. */
  readonly #lines: ShownLines | undefined;
  /** Has an entry for each event that was given as an object, and for others once they were asked for. */
  readonly #positions: (EventPosition | undefined)[] = [];
  readonly #shown: (ShownEvent | undefined)[] = [];
  #areAllLines = true;
  /** Events below these numbers have an entry. */
  #positioned = 0;
  #looked = 0;

  /** `expected`: the number of events for which room is made at first. `lines`: the batch of `addLine`. */
  constructor(expected = FEW, lines?: ShownLines) {
    this.#timesMs = new Float64Array(expected);
    this.#offsets = new Float64Array(expected);
    this.#lineOf = new Uint32Array(lines === undefined ? 0 : expected);
    this.#lines = lines;
  }

  get length(): number {
    return this.#length;
  }

  /** For each event and beyond: its time. */
  get timesMs(): Float64Array {
    return this.#timesMs;
  }

  /** For each event and beyond: the offset of its position. */
  get offsets(): Float64Array {
    return this.#offsets;
  }

  /** Adds an event; returns its number. */
  add(timeMs: number, position: EventPosition, shown: ShownEvent): number {
    this.#areAllLines = false;
    const event = this.#next(timeMs, position.offset);
    this.#positions[event] = position;
    this.#shown[event] = shown;
    return event;
  }

  /** Adds the event of a line; returns its number. */
  addLine(timeMs: number, offset: number, line: number): number {
    const event = this.#next(timeMs, offset);
    this.#lineOf[event] = line;
    return event;
  }

  sourceOf(event: number): string {
    return this.#areAllLines ? this.#lines!.source : this.positionOf(event).source;
  }

  partitionOf(event: number): number {
    return this.#areAllLines ? this.#lines!.partition : this.positionOf(event).partition;
  }

  positionOf(event: number): EventPosition {
    let position = this.#positions[event];
    if (position === undefined) {
      const { source, partition } = this.#lines!;
      this.#positions[event] = position = { source, partition, offset: this.#offsets[event]! };
    }
    return position;
  }

  shownOf(event: number): ShownEvent {
    return (this.#shown[event] ??= this.#lines!.show(this.#lineOf[event]!));
  }

  /** As `line` of `shownOf`, without an object for it. */
  shownLineOf(event: number): ShownLine | undefined {
    const shown = this.#shown[event];
    return shown === undefined ? this.#lines!.line(this.#lineOf[event]!) : shown.line?.();
  }

  /** The positions of all events. */
  get positions(): readonly EventPosition[] {
    for (; this.#positioned < this.#length; this.#positioned++) this.positionOf(this.#positioned);
    return this.#positions as readonly EventPosition[];
  }

  /** As `shownOf`, for all events. */
  get shown(): readonly ShownEvent[] {
    for (; this.#looked < this.#length; this.#looked++) this.shownOf(this.#looked);
    return this.#shown as readonly ShownEvent[];
  }

  /** The lines of which nobody has been shown anything, in the order of the events. */
  unshownLines(): readonly number[] {
    const lines: number[] = [];
    for (let event = 0; event < this.#length; event++)
      if (this.#shown[event] === undefined) lines.push(this.#lineOf[event]!);
    return lines;
  }

  #next(timeMs: number, offset: number): number {
    const event = this.#length++;
    if (event === this.#timesMs.length) this.#enlarge(Math.max(FEW, 2 * event));
    this.#timesMs[event] = timeMs;
    this.#offsets[event] = offset;
    return event;
  }

  #enlarge(length: number): void {
    this.#timesMs = longer(this.#timesMs, new Float64Array(length));
    this.#offsets = longer(this.#offsets, new Float64Array(length));
    if (this.#lines !== undefined) this.#lineOf = longer(this.#lineOf, new Uint32Array(length));
  }
}

function longer<T extends Float64Array | Uint32Array>(column: T, empty: T): T {
  empty.set(column);
  return empty;
}
