/** What a form of single instants notes while an instant is applied: how often it was completed, by what, and whether it healed. */
import type { Evidence } from '../operator.ts';
import type { EventRef } from '../input/event-ref.ts';

export interface Completions {
  count: number;
  isHealed: boolean;
  first: EventRef | undefined;
  /** The step before the last, where there are more than two. */
  between: EventRef | undefined;
  last: EventRef | undefined;
}

export function noCompletions(): Completions {
  return { count: 0, isHealed: false, first: undefined, between: undefined, last: undefined };
}

export function noteCompletion(
  note: Completions,
  {
    first,
    between,
    last,
  }: { readonly first: EventRef; readonly between?: EventRef; readonly last: EventRef },
): void {
  note.count++;
  note.first ??= first;
  note.between = between;
  note.last = last;
  // Only what comes after it heals it.
  note.isHealed = false;
}

export function evidenceOf(note: Completions): Evidence {
  const { first, between, last } = note;
  return { first, latest: [between, last].filter((event) => event !== undefined) };
}
