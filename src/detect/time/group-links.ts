/** Leads from each waiting match of a group to the next one, in the order of events: two columns over the entries of a rule. */
import { noInts, withAmpleRoom } from '../columns/columns.ts';
import type { WaitingGroup } from './waiting-group.ts';

export class GroupLinks {
  /** For each entry: the next one and the one before in its group plus one; 0: none. */
  #next = noInts;
  #before = noInts;
  readonly #compare: (a: number, b: number) => number;

  /** `compare`: compares two entries by the order of their events. */
  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare;
  }

  /** Returns the next entry of the group; −1 if there is none. */
  next(entry: number): number {
    return this.#next[entry]! - 1;
  }

  /** Puts an entry into its place in the group. */
  add(entry: number, group: WaitingGroup): void {
    this.#next = withAmpleRoom(this.#next, entry + 1);
    this.#before = withAmpleRoom(this.#before, entry + 1);
    let before = group.last;
    while (before >= 0 && this.#compare(before, entry) > 0) before = this.#before[before]! - 1;
    const next = before < 0 ? group.first : this.next(before);
    this.#before[entry] = before + 1;
    this.#next[entry] = next + 1;
    if (before < 0) group.first = entry;
    else this.#next[before] = entry + 1;
    if (next < 0) group.last = entry;
    else {
      this.#before[next] = entry + 1;
      group.reorder();
    }
  }

  /** Takes the first entry out of the group. */
  takeFirst(entry: number, group: WaitingGroup): void {
    const next = this.next(entry);
    group.take(entry, next);
    if (next >= 0) this.#before[next] = 0;
  }
}
