/**
 * `baseline(B)`: the mean of an expression over the latest panes of the length of the window, as far back as the rule's sources
 * were heard (semantics: Aggregates). A closed pane is one number; only the pane that events still enter is measured. A group of
 * which nothing is kept has empty panes only, so that groups of which nothing is heard take no memory.
 */
import { mostWindowEvents } from '../../rule/bounds.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { addExactly, roundedSum } from './exact-sum.ts';
import type { Tag } from '../columns/tagged-events.ts';

/** Measures the pane that is open in each slot. */
export interface PaneMeter {
  add(slot: number, tag: Tag): void;
  clear(slot: number): void;
  /** undefined: the expression has no value over what is in the pane. */
  value(slot: number): number | undefined;
}

export interface Baseline {
  /** The first event of any kind of the rule's sources: panes before it are no past. */
  begin(atMs: number): void;
  /** Earliest time at which a mean can be told of every group: −Infinity before the beginning, and where groups differ in that. */
  readonly warmingUntilMs: number;
  /** The next event of the group, in order. */
  add(slot: number, timeMs: number, tag: Tag): void;
  /** The mean as it stands at this time; undefined with too few panes. Times never go backwards. */
  mean(slot: number, atMs: number): number | undefined;
  /** When no pane with an event of the group counts any more unless an event comes; Infinity where nothing is kept. */
  forgottenMs(slot: number): number;
  clear(slot: number): void;
  /** Groups whose latest mean lacked panes with a value; none where an empty pane is one. */
  readonly warmingUp: number;
  /** Closed panes that are kept, of all groups. */
  readonly panes: number;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader): void;
  saveRule(writer: ByteWriter): void;
  loadRule(reader: ByteReader): void;
}

/** What is kept of a group. */
interface Course {
  /** The pane of the last event. */
  open: number;
  /** Its events, for a snapshot: only as many as one window's. */
  tags: Tag[];
  /** Closed panes with events, oldest first, and their values (NaN: none). */
  panes: number[];
  values: number[];
  /** The mean as it is told in the pane `now`. */
  known: { readonly now: number; readonly mean: number | undefined } | undefined;
}

export interface BaselineOptions {
  readonly windowMs: number;
  readonly overMs: number;
  /** Panes without events count as 0; otherwise they are left out. */
  readonly emptyIsZero: boolean;
  readonly meter: PaneMeter;
}

export function createBaseline({ windowMs, overMs, emptyIsZero, meter }: BaselineOptions): Baseline {
  const most = Math.floor(overMs / windowMs);
  const least = Math.ceil(most / 4);
  const courses = new Map<number, Course>();
  const warming = new Set<number>();
  let beganMs = Infinity;
  const paneOf = (timeMs: number): number => Math.floor(timeMs / windowMs);
  const firstPane = (): number => Math.ceil(beganMs / windowMs);

  function closePane(slot: number, course: Course, next: number): void {
    course.panes.push(course.open);
    course.values.push(meter.value(slot) ?? NaN);
    meter.clear(slot);
    course.tags = [];
    course.open = next;
    const gone = course.panes.findIndex((pane) => pane >= next - 1 - most);
    course.panes.splice(0, gone < 0 ? course.panes.length : gone);
    course.values.splice(0, gone < 0 ? course.values.length : gone);
  }

  function measure(slot: number, course: Course | undefined, now: number): number | undefined {
    const to = now - 2;
    const from = Math.max(to + 1 - most, firstPane());
    const partials: number[] = [];
    let count = 0;
    const take = (pane: number, value: number): void => {
      if (pane < from || pane > to || Number.isNaN(value)) return;
      addExactly(partials, value);
      count++;
    };
    for (const [i, pane] of (course?.panes ?? []).entries()) take(pane, course!.values[i]!);
    if (course !== undefined) take(course.open, meter.value(slot) ?? NaN);
    if (emptyIsZero) count = to - from + 1;
    return count < least ? undefined : roundedSum(partials) / count;
  }

  function meanOf(slot: number, now: number): number | undefined {
    const course = courses.get(slot);
    if (course === undefined) return measure(slot, course, now);
    if (course.known?.now !== now) course.known = { now, mean: measure(slot, course, now) };
    return course.known.mean;
  }

  function clear(slot: number): void {
    if (courses.delete(slot)) meter.clear(slot);
    warming.delete(slot);
  }

  return {
    begin: (atMs) => void (beganMs = atMs),
    get warmingUntilMs() {
      return emptyIsZero && beganMs < Infinity ? (firstPane() + least + 1) * windowMs : -Infinity;
    },
    add(slot, timeMs, tag) {
      const open = paneOf(timeMs);
      let course = courses.get(slot);
      if (course === undefined) {
        course = { open, tags: [], panes: [], values: [], known: undefined };
        courses.set(slot, course);
      }
      if (open > course.open) closePane(slot, course, open);
      // As many as a window may have: what is measured stays bounded.
      if (course.tags.length >= mostWindowEvents) return;
      course.tags.push(tag);
      meter.add(slot, tag);
    },
    mean(slot, atMs) {
      const mean = meanOf(slot, paneOf(atMs));
      if (mean === undefined && !emptyIsZero) warming.add(slot);
      else warming.delete(slot);
      return mean;
    },
    forgottenMs(slot) {
      const course = courses.get(slot);
      return course === undefined ? Infinity : (course.open + most + 2) * windowMs;
    },
    clear,
    get warmingUp() {
      return warming.size;
    },
    get panes() {
      let count = 0;
      for (const course of courses.values()) count += course.panes.length;
      return count;
    },
    save(slot, writer) {
      const course = courses.get(slot);
      writer.json(course === undefined ? null : [course.open, course.tags, course.panes, course.values]);
      writer.whole(warming.has(slot) ? 1 : 0);
    },
    load(slot, reader) {
      const saved = reader.json() as [number, Tag[], number[], (number | null)[]] | null;
      if (reader.whole() === 1) warming.add(slot);
      if (saved === null) return;
      const [open, tags, panes, values] = saved;
      courses.set(slot, {
        ...{ open, tags, panes },
        values: values.map((value) => value ?? NaN),
        known: undefined,
      });
      for (const tag of tags) meter.add(slot, tag);
    },
    saveRule: (writer) => writer.f64(beganMs),
    loadRule: (reader) => void (beganMs = reader.f64()),
  };
}
