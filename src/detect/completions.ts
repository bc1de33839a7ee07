/** What a form of single instants notes while an instant is applied: how often it was completed, by what, and whether it healed. */
import type { Evidence, EventRef } from './operator.ts';

export interface Completions {
  count: number;
  isHealed: boolean;
  first: EventRef | undefined;
  last: EventRef | undefined;
}

export function noCompletions(): Completions {
  return { count: 0, isHealed: false, first: undefined, last: undefined };
}

export function noteCompletion(note: Completions, first: EventRef, last: EventRef): void {
  note.count++;
  note.first ??= first;
  note.last = last;
  // Only what comes after it heals it.
  note.isHealed = false;
}

export function evidenceOf(note: Completions): Evidence {
  return { first: note.first, latest: note.last === undefined ? [] : [note.last] };
}
