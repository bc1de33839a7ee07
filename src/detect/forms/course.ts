/** The past of one group as a baseline keeps it: closed panes with events, and the pane that is open. */
import type { Tag } from '../columns/tagged-events.ts';
import { addExactly, roundedSum } from './exact-sum.ts';

export interface Course {
  /** The pane of the last event. */
  open: number;
  /** Its events, for a snapshot: only as many as one window's. */
  tags: Tag[];
  /** Closed panes with events, oldest first, and their values (NaN: none). */
  readonly panes: number[];
  readonly values: number[];
}

/** The pane `next` is open from now on; `value` is that of the one that was. Of the closed ones at most so many are kept. */
export function closePane(course: Course, value: number | undefined, next: number, most: number): void {
  const { panes, values } = course;
  panes.push(course.open);
  values.push(value ?? NaN);
  course.tags = [];
  course.open = next;
  const kept = panes.findIndex((pane) => pane >= next - 1 - most);
  const gone = kept < 0 ? panes.length : kept;
  panes.splice(0, gone);
  values.splice(0, gone);
}

export interface Past {
  /** The panes that count, first and last. */
  readonly from: number;
  readonly to: number;
  /** Panes without events count as 0; otherwise they are left out. */
  readonly emptyIsZero: boolean;
  /** Panes that there must be. */
  readonly least: number;
}

/** The mean of the panes that count; undefined with too few. `openValue`: that of the open pane. */
export function meanOf(
  course: Course | undefined,
  openValue: number | undefined,
  { from, to, emptyIsZero, least }: Past,
): number | undefined {
  const partials: number[] = [];
  let count = 0;
  const take = (pane: number, value: number): void => {
    if (pane < from || pane > to || Number.isNaN(value)) return;
    addExactly(partials, value);
    count++;
  };
  for (const [i, pane] of (course?.panes ?? []).entries()) take(pane, course!.values[i]!);
  if (course !== undefined) take(course.open, openValue ?? NaN);
  if (emptyIsZero) count = to - from + 1;
  return count < least ? undefined : roundedSum(partials) / count;
}
