/**
 * `baseline(B)`: the mean of an expression over the latest panes, as far back as the rule's sources were heard (semantics: Aggregates). A
 * pane is as long as the window. A closed pane is kept as one number; only the open pane, which events still enter, is measured. A group of
 * which nothing is kept has empty panes only, so a group without events takes no memory.
 */
import { WINDOW_EVENTS_MAX } from '../../rule/bounds.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { closePane, meanOf, type Course } from './course.ts';
import type { Tag } from '../columns/tagged-events.ts';

/** Measures the open pane of each slot. */
export interface PaneMeter {
  add(slot: number, tag: Tag): void;
  clear(slot: number): void;
  /** Returns the value of the open pane; undefined if the expression has no value over its events. */
  value(slot: number): number | undefined;
}

export interface Baseline {
  /** Records the first event of any kind of the rule's sources. Panes before it are no past. */
  begin(atMs: number): void;
  /** The earliest time at which every group can have a mean. −Infinity before `begin`, and if groups differ in that time. */
  readonly warmingUntilMs: number;
  /** Takes the next event of the group. Events come in order. */
  add(slot: number, timeMs: number, tag: Tag): void;
  /** Returns the mean at this time; undefined with too few panes. Times never go backwards. */
  mean(slot: number, atMs: number): number | undefined;
  /** When the last pane with an event of the group stops counting, if no event comes; Infinity if nothing is kept. */
  forgottenMs(slot: number): number;
  clear(slot: number): void;
  /** Number of groups whose latest mean lacked panes with a value. Always 0 if empty panes count. */
  readonly warmingUp: number;
  /** Closed panes that are kept, of all groups. */
  readonly panes: number;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader): void;
  saveRule(writer: ByteWriter): void;
  loadRule(reader: ByteReader): void;
}

export interface BaselineOptions {
  readonly windowMs: number;
  readonly overMs: number;
  /** True: panes without events count as 0. False: they are left out. */
  readonly emptyIsZero: boolean;
  readonly meter: PaneMeter;
}

/** A course, and the mean that was computed for the pane `now`. */
interface Kept extends Course {
  known: { readonly now: number; readonly mean: number | undefined } | undefined;
}

class PaneBaseline implements Baseline {
  readonly #windowMs: number;
  readonly #emptyIsZero: boolean;
  readonly #meter: PaneMeter;
  /** The number of panes that count (`#max`), and how many of them there must be (`#min`). */
  readonly #max: number;
  readonly #min: number;
  readonly #courses = new Map<number, Kept>();
  readonly #warming = new Set<number>();
  #beganMs = Infinity;

  constructor({ windowMs, overMs, emptyIsZero, meter }: BaselineOptions) {
    this.#windowMs = windowMs;
    this.#emptyIsZero = emptyIsZero;
    this.#meter = meter;
    this.#max = Math.floor(overMs / windowMs);
    this.#min = Math.ceil(this.#max / 4);
  }

  begin(atMs: number): void {
    this.#beganMs = atMs;
  }

  get warmingUntilMs(): number {
    return this.#emptyIsZero && this.#beganMs < Infinity
      ? (this.#firstPane + this.#min + 1) * this.#windowMs
      : -Infinity;
  }

  add(slot: number, timeMs: number, tag: Tag): void {
    const open = this.#paneOf(timeMs);
    let course = this.#courses.get(slot);
    if (course === undefined) {
      course = { open, tags: [], panes: [], values: [], known: undefined };
      this.#courses.set(slot, course);
    }
    if (open > course.open) {
      closePane(course, this.#meter.value(slot), open, this.#max);
      this.#meter.clear(slot);
    }
    // Measures at most as many events as a window may have, so that the memory stays bounded.
    if (course.tags.length >= WINDOW_EVENTS_MAX) return;
    course.tags.push(tag);
    this.#meter.add(slot, tag);
  }

  mean(slot: number, atMs: number): number | undefined {
    const mean = this.#meanIn(slot, this.#paneOf(atMs));
    if (mean === undefined && !this.#emptyIsZero) this.#warming.add(slot);
    else this.#warming.delete(slot);
    return mean;
  }

  forgottenMs(slot: number): number {
    const course = this.#courses.get(slot);
    return course === undefined ? Infinity : (course.open + this.#max + 2) * this.#windowMs;
  }

  clear(slot: number): void {
    if (this.#courses.delete(slot)) this.#meter.clear(slot);
    this.#warming.delete(slot);
  }

  get warmingUp(): number {
    return this.#warming.size;
  }

  get panes(): number {
    let count = 0;
    for (const course of this.#courses.values()) count += course.panes.length;
    return count;
  }

  save(slot: number, writer: ByteWriter): void {
    const course = this.#courses.get(slot);
    writer.json(course === undefined ? null : [course.open, course.tags, course.panes, course.values]);
    writer.whole(this.#warming.has(slot) ? 1 : 0);
  }

  load(slot: number, reader: ByteReader): void {
    const saved = reader.json() as [number, Tag[], number[], (number | null)[]] | null;
    if (reader.whole() === 1) this.#warming.add(slot);
    if (saved === null) return;
    const [open, tags, panes, values] = saved;
    this.#courses.set(slot, {
      open,
      tags,
      panes,
      values: values.map((value) => value ?? NaN),
      known: undefined,
    });
    for (const tag of tags) this.#meter.add(slot, tag);
  }

  saveRule(writer: ByteWriter): void {
    writer.f64(this.#beganMs);
  }

  loadRule(reader: ByteReader): void {
    this.#beganMs = reader.f64();
  }

  #paneOf(timeMs: number): number {
    return Math.floor(timeMs / this.#windowMs);
  }

  get #firstPane(): number {
    return Math.ceil(this.#beganMs / this.#windowMs);
  }

  #meanIn(slot: number, now: number): number | undefined {
    const course = this.#courses.get(slot);
    if (course === undefined) return this.#measure(slot, course, now);
    if (course.known?.now !== now) course.known = { now, mean: this.#measure(slot, course, now) };
    return course.known.mean;
  }

  #measure(slot: number, course: Course | undefined, now: number): number | undefined {
    const to = now - 2;
    const from = Math.max(to + 1 - this.#max, this.#firstPane);
    const open = course === undefined ? undefined : this.#meter.value(slot);
    return meanOf(course, open, { from, to, emptyIsZero: this.#emptyIsZero, min: this.#min });
  }
}

export function createBaseline(options: BaselineOptions): Baseline {
  return new PaneBaseline(options);
}
