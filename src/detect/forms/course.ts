/** The course of one group, as a baseline keeps it: its closed panes with events, and its open pane. */
import type { Tag } from '../columns/tagged-events.ts';
import { addExactly, roundedSum } from './exact-sum.ts';

export interface Course {
  /** Number of the open pane, which is the pane of the last event. */
  open: number;
  /** Tags of the events of the open pane, for a checkpoint; at most as many as a window may have. */
  tags: Tag[];
  /** Numbers of the closed panes with events, oldest first; `values` has their values (NaN: none). */
  readonly panes: number[];
  readonly values: number[];
}

/** Closes the open pane with its `value`, and opens the pane `next`. Drops closed panes that are too old for a mean over `max` panes. */
export function closePane(course: Course, value: number | undefined, next: number, max: number): void {
  const { panes, values } = course;
  panes.push(course.open);
  values.push(value ?? NaN);
  course.tags = [];
  course.open = next;
  const kept = panes.findIndex((pane) => pane >= next - 1 - max);
  const gone = kept < 0 ? panes.length : kept;
  panes.splice(0, gone);
  values.splice(0, gone);
}

export interface Past {
  /** The first and the last pane that count. */
  readonly from: number;
  readonly to: number;
  /** True: panes without events count as 0. False: they are left out. */
  readonly emptyIsZero: boolean;
  /** The least number of panes for a mean. */
  readonly min: number;
}

/** Returns the mean of the panes that count; undefined with too few. `openValue`: the value of the open pane. */
export function meanOf(
  course: Course | undefined,
  openValue: number | undefined,
  { from, to, emptyIsZero, min }: Past,
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
  return count < min ? undefined : roundedSum(partials) / count;
}
