/**
 * The events of the last D of each group, with the running values of measures over them. The values change as events enter and leave, so no
 * event is counted twice.
 */
import type { Measure } from '../../rule/ast.ts';
import { WINDOW_EVENTS_MAX } from '../../rule/bounds.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import type { CountedValues } from '../columns/counted-values.ts';
import type { Tag, TagValues } from '../columns/tagged-events.ts';
import { createWindows, type Windows } from '../columns/windows.ts';
import type { EventRef } from '../input/event-ref.ts';
import type { TagLayout } from './tag-layout.ts';
import { createTally, type Tally } from './tallies.ts';

/** Approximate memory of a value beside its event: itself, its array, its place in the tallies. */
const VALUE_BYTES = 96;

/** Events that are passed by to find one. */
const STEPS_MAX = 32;

export interface MeasuredWindowsOptions {
  readonly windowMs: number;
  readonly layout: TagLayout;
  readonly measures: Iterable<Measure>;
  /** As in `WindowsOptions`. */
  readonly blockEvents: number;
}

export class MeasuredWindows {
  readonly windows: Windows;
  readonly #windowMs: number;
  readonly #fields: number;
  readonly #tallies = new Map<string, Tally>();
  /** The tallies that change as events enter and leave. */
  readonly #running: readonly Tally[];
  /**
   * Counts the values of the only field, if nothing else is asked of them. Then an event keeps the entries of its values instead of them, so
   * that a value need not be found again when it leaves.
   */
  readonly #counted: CountedValues | undefined;
  #cut = 0;

  constructor({ windowMs, layout, measures, blockEvents }: MeasuredWindowsOptions) {
    const windows = createWindows({
      blockEvents,
      keepsMasks: layout.names.length > 0,
      keepsValues: layout.fields.length > 0,
    });
    this.windows = windows;
    this.#windowMs = windowMs;
    this.#fields = layout.fields.length;
    for (const measure of measures) {
      const key = measureKey(measure);
      if (!this.#tallies.has(key))
        this.#tallies.set(
          key,
          createTally(measure, layout, (slot) => windows.size(slot)),
        );
    }
    const [counting, ...others] = [...this.#tallies.values()].filter((tally) => !tally.isSize);
    const isAlone = others.length === 0 && layout.fields.length === 1;
    this.#counted = isAlone ? counting?.counted : undefined;
    this.#running = counting === undefined || this.#counted !== undefined ? [] : [counting, ...others];
  }

  /** Returns the running value of one of the measures. */
  tally(measure: Measure): Tally {
    return this.#tallies.get(measureKey(measure))!;
  }

  /** Adds the next event of the group. In a full window the oldest event leaves before its time. */
  add(slot: number, event: EventRef, tag: Tag): void {
    if (this.windows.size(slot) >= WINDOW_EVENTS_MAX) {
      this.#leave(slot);
      this.#cut++;
    }
    this.windows.push(slot, event, this.#kept(slot, tag));
    for (const tally of this.#running) tally.add(slot, tag);
  }

  /** Removes events that are D old; returns true if there was one. */
  evict(slot: number, atMs: number): boolean {
    if (this.windows.oldestMs(slot) > atMs - this.#windowMs) return false;
    do this.#leave(slot);
    while (this.windows.oldestMs(slot) <= atMs - this.#windowMs);
    return true;
  }

  /** When the oldest event leaves; Infinity if there is none. */
  nextMs(slot: number): number {
    return this.windows.oldestMs(slot) + this.#windowMs;
  }

  /** When more than `number` events have left, or an earlier time at which some have. The window must have more. */
  leftMs(slot: number, number: number): number {
    return this.windows.nthMs(slot, Math.min(number, STEPS_MAX)) + this.#windowMs;
  }

  /** When the newest event leaves; Infinity if there is none. */
  emptyMs(slot: number): number {
    const newestMs = this.windows.newestMs(slot);
    return newestMs === -Infinity ? Infinity : newestMs + this.#windowMs;
  }

  clear(slot: number): void {
    this.windows.clear(slot);
    this.#counted?.clear(slot);
    for (const tally of this.#running) tally.clear(slot);
  }

  /** Number of events that left before their time. */
  get cut(): number {
    return this.#cut;
  }

  /** Approximate memory, bytes. */
  get bytes(): number {
    const values = this.#counted?.bytes ?? this.windows.total * this.#fields * VALUE_BYTES;
    return this.windows.bytes + values;
  }

  save(slot: number, writer: ByteWriter): void {
    this.windows.save(slot, writer, (values) => this.#valuesOf(values));
    for (const tally of this.#tallies.values()) writer.whole(tally.mark(slot));
  }

  load(slot: number, reader: ByteReader): void {
    const add = (tag: Tag): void => {
      for (const tally of this.#running) tally.add(slot, tag);
    };
    this.windows.load(slot, reader, add, (tag) => this.#kept(slot, tag));
    for (const tally of this.#tallies.values()) tally.restore(slot, reader.whole());
  }

  /** Returns the tag that the window keeps of an event that enters. */
  #kept(slot: number, tag: Tag): Tag {
    const counted = this.#counted;
    if (counted === undefined) return tag;
    const values = tag.values![0]!;
    const entries =
      values.length === 1 ? [counted.add(slot, values[0]!)] : values.map((value) => counted.add(slot, value));
    return { mask: tag.mask, values: [entries] };
  }

  /** Returns the values of an event of which `kept` is kept. */
  #valuesOf(kept: TagValues): TagValues {
    const counted = this.#counted;
    if (counted === undefined) return kept;
    return kept?.map((list) => list.map((entry) => counted.value(entry as number)));
  }

  /** Removes the oldest event from the window. */
  #leave(slot: number): void {
    const tag = this.windows.shift(slot);
    if (this.#counted !== undefined)
      for (const entry of tag.values![0]!) this.#counted.remove(entry as number);
    for (const tally of this.#running) tally.remove(slot, tag);
  }
}

function measureKey(measure: Measure): string {
  return measure.kind === 'count'
    ? `count(${measure.of?.name ?? ''})`
    : `${measure.kind}(${measure.field.name})`;
}
