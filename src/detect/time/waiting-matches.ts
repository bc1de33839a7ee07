/**
 * The event-time buffer: the matches of one rule that are not final yet, in the order of events, in whatever order they came. They stand in
 * columns, by entries that are reused. Each match belongs to a group; a group is here as long as a match of it waits.
 */
import type { EventPosition } from '../../event/event.ts';
import { noWords, withAmpleRoom } from '../columns/columns.ts';
import type { TakenMatch } from '../input/event-ref.ts';
import { noValues, type Waiting } from '../input/waiting.ts';
import { GroupLinks } from './group-links.ts';
import { SavedWaiting, type SavedEntries } from './saved-waiting.ts';
import type { WaitingEvents } from './waiting-events.ts';
import { WaitingGroup } from './waiting-group.ts';
import type { SharedWaiting, WaitingKey, WaitingKeys } from './waiting-keys.ts';

type Values = TakenMatch['values'];

/** The order is moved to its front once so many matches are gone from there, and they are more than half of it. */
const GONE_MIN = 1024;

export interface WaitingMatchesOptions {
  readonly shared: SharedWaiting;
  /** As `Operator.weight`; undefined: each weighs 1. */
  readonly weight: ((match: TakenMatch) => number) | undefined;
  /** Called when no match of a group waits any more. */
  onEmptied(group: WaitingGroup): void;
}

/** A match as its operator takes it. It changes with the next one that is looked at. */
class Looked implements Waiting {
  readonly #events: WaitingEvents;
  event = 0;
  key = '';
  timeMs = 0;
  conditions: readonly string[] = [];
  values: Values = noValues;

  constructor(events: WaitingEvents) {
    this.#events = events;
  }

  /** Another object each time, which stays as it is. An event that was removed has its position until another one is added. */
  get position(): EventPosition {
    return this.#events.position(this.event);
  }
}

export class WaitingMatches implements SavedEntries {
  readonly #options: WaitingMatchesOptions;
  readonly #events: WaitingEvents;
  /** For each entry: its event, its group, its conditions by their place in `#lists`, its values. */
  #eventOf = noWords;
  #groupOf = noWords;
  #listOf = noWords;
  readonly #valuesOf: (Values | undefined)[] = [];
  /** Undefined until a group is looked at. */
  #links: GroupLinks | undefined;
  #entries = 0;
  /** The free entry to take next, and the one to take last, plus one; 0: none. They are chained by `#eventOf`. */
  #freed = 0;
  #freedLast = 0;
  readonly #lists: (readonly string[])[] = [];
  readonly #listNumbers = new Map<string, number>();
  #lastList = 0;
  /** The entries in the order of events, from `#head` to before `#ordered`; then those that came since `endBatch`, before `#tail`. */
  #order = noWords;
  #head = 0;
  #ordered = 0;
  #tail = 0;
  readonly #groups: (WaitingGroup | undefined)[] = [];
  readonly #freeGroups: number[] = [];
  /** While matches are being saved, entries and groups that are over are held. */
  #isSaving = false;
  #heldEntries: number[] = [];
  #heldGroups: number[] = [];
  readonly #keys: WaitingKeys;
  /** The number of the rule. */
  readonly #rule: number;
  readonly #looked: Looked;

  constructor(options: WaitingMatchesOptions) {
    this.#options = options;
    this.#events = options.shared.events;
    this.#keys = options.shared.keys;
    this.#rule = this.#keys.newRule();
    this.#looked = new Looked(this.#events);
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  /** Time of the earliest match; Infinity if there is none. */
  nextMs(): number {
    return this.#head < this.#tail ? this.#events.timeMs(this.#eventOf[this.#order[this.#head]!]!) : Infinity;
  }

  /** Returns the group; undefined if no match of it waits. */
  find(key: string): WaitingGroup | undefined {
    const known = this.#keys.find(key);
    return known && this.#keys.group(known, this.#rule);
  }

  /** Returns the group. Adds it if it is not here; then a match of it must be added at once. */
  groupOf(key: WaitingKey): WaitingGroup {
    return this.#keys.group(key, this.#rule) ?? this.#newGroup(key);
  }

  /** Adds a match. Call `endBatch` behind the last one of a batch, before anything else. */
  add(event: number, group: WaitingGroup, conditions: readonly string[], values: Values | undefined): void {
    const entry = this.#newEntry();
    this.#events.use(event);
    this.#eventOf[entry] = event;
    this.#groupOf[entry] = group.number;
    const list = this.#numberOf(conditions);
    if (list > 0 || this.#listOf.length > 0) {
      if (entry >= this.#listOf.length) this.#listOf = withAmpleRoom(this.#listOf, this.#eventOf.length);
      this.#listOf[entry] = list;
    }
    if (values !== undefined) this.#valuesOf[entry] = values;
    if (this.#tail === this.#order.length) this.#order = withAmpleRoom(this.#order, this.#tail + 1);
    this.#order[this.#tail++] = entry;
    group.count++;
    group.weight += this.#weightOf(entry);
    this.#links?.add(entry, group);
  }

  /** Brings the matches that came into the order. They cost no more than their own number if they are behind all others. */
  endBatch(): void {
    const from = this.#ordered;
    this.#ordered = this.#tail;
    if (this.#isInOrder(from)) return;
    const order = this.#order;
    const arrived = order.slice(from, this.#tail).sort((a, b) => this.#compare(a, b));
    let earlier = from - 1;
    let to = this.#tail - 1;
    for (let next = arrived.length - 1; next >= 0; to--)
      if (earlier >= this.#head && this.#compare(order[earlier]!, arrived[next]!) > 0)
        order[to] = order[earlier--]!;
      else order[to] = arrived[next--]!;
  }

  /** Returns the first match, which is valid until another one is looked at. */
  first(): Waiting {
    return this.match(this.#order[this.#head]!);
  }

  /** Returns the group of the first match. */
  firstGroup(): WaitingGroup {
    return this.#groups[this.#groupOf[this.#order[this.#head]!]!]!;
  }

  /** Removes the first match. */
  shift(): void {
    const entry = this.#order[this.#head++]!;
    if (this.#head > GONE_MIN && this.#head * 2 > this.#tail) this.#moveToFront();
    const group = this.#groups[this.#groupOf[entry]!]!;
    group.weight -= this.#weightOf(entry);
    this.#links?.takeFirst(entry, group);
    if (this.#isSaving) this.#heldEntries.push(entry);
    else this.#free(entry);
    group.from++;
    if (--group.count > 0) return;
    this.#keys.leave(group.of, this.#rule);
    if (this.#isSaving) this.#heldGroups.push(group.number);
    else this.#freeGroup(group.number);
    this.#options.onEmptied(group);
  }

  /** Returns the match of an entry. It is valid until another one is looked at. */
  match(entry: number): Waiting {
    const looked = this.#looked;
    const event = this.#eventOf[entry]!;
    looked.event = event;
    looked.key = this.keyOf(this.#groupOf[entry]!);
    looked.timeMs = this.#events.timeMs(event);
    looked.conditions = this.conditions(entry);
    looked.values = this.values(entry);
    return looked;
  }

  position(entry: number): EventPosition {
    return this.#events.position(this.#eventOf[entry]!);
  }

  groupNumber(entry: number): number {
    return this.#groupOf[entry]!;
  }

  keyOf(group: number): string {
    return this.#groups[group]!.key;
  }

  conditions(entry: number): readonly string[] {
    return this.#lists[this.#listOf.length > 0 ? this.#listOf[entry]! : 0]!;
  }

  values(entry: number): Values {
    return this.#valuesOf[entry] ?? noValues;
  }

  timeMs(entry: number): number {
    return this.#events.timeMs(this.#eventOf[entry]!);
  }

  /** Links the entries of each group, if they are not linked yet: most rules have no group that is looked at before it is final. */
  link(): void {
    if (this.#links !== undefined) return;
    this.#links = new GroupLinks((a, b) => this.#compare(a, b));
    for (let at = this.#head; at < this.#tail; at++) {
      const entry = this.#order[at]!;
      this.#links.add(entry, this.#groups[this.#groupOf[entry]!]!);
    }
  }

  /** Returns the next entry of the group; −1 if there is none. Entries must be linked. */
  next(entry: number): number {
    return this.#links!.next(entry);
  }

  /** Forgets all matches without telling of it. Nothing may be added any more. */
  clear(): void {
    for (; this.#head < this.#tail; this.#head++) this.#free(this.#order[this.#head]!);
    for (const group of this.#groups)
      if (group !== undefined && group.count > 0) this.#keys.leave(group.of, this.#rule);
    this.#groups.length = 0;
    this.#keys.freeRule(this.#rule);
  }

  /** Returns all matches as they are now, in order. One saving must be over before the next one begins. */
  saved(): SavedWaiting {
    this.#isSaving = true;
    return new SavedWaiting(this.#order.slice(this.#head, this.#tail), this);
  }

  endSaving(): void {
    this.#isSaving = false;
    for (const entry of this.#heldEntries) this.#free(entry);
    for (const group of this.#heldGroups) this.#freeGroup(group);
    this.#heldEntries = [];
    this.#heldGroups = [];
  }

  #freeGroup(number: number): void {
    this.#groups[number] = undefined;
    this.#freeGroups.push(number);
  }

  #newGroup(key: WaitingKey): WaitingGroup {
    const number = this.#freeGroups.pop() ?? this.#groups.length;
    const group = new WaitingGroup(key, number, this);
    this.#groups[number] = group;
    this.#keys.enter(key, this.#rule, group);
    return group;
  }

  #newEntry(): number {
    if (this.#freed > 0) {
      const entry = this.#freed - 1;
      this.#freed = this.#eventOf[entry]!;
      return entry;
    }
    const entry = this.#entries++;
    if (entry >= this.#eventOf.length) {
      this.#eventOf = withAmpleRoom(this.#eventOf, entry + 1);
      this.#groupOf = withAmpleRoom(this.#groupOf, entry + 1);
    }
    return entry;
  }

  #free(entry: number): void {
    this.#events.release(this.#eventOf[entry]!);
    if (this.#valuesOf.length > 0) this.#valuesOf[entry] = undefined;
    this.#eventOf[entry] = 0;
    if (this.#freed === 0) this.#freed = entry + 1;
    else this.#eventOf[this.#freedLast - 1] = entry + 1;
    this.#freedLast = entry + 1;
  }

  /** Returns the place of the conditions in `#lists`. */
  #numberOf(conditions: readonly string[]): number {
    if (this.#lists[this.#lastList] === conditions) return this.#lastList;
    const name = conditions.join('\n');
    let number = this.#listNumbers.get(name);
    if (number === undefined) {
      number = this.#lists.push(conditions) - 1;
      this.#listNumbers.set(name, number);
    }
    this.#lists[number] = conditions;
    this.#lastList = number;
    return number;
  }

  #weightOf(entry: number): number {
    const { weight } = this.#options;
    return weight === undefined ? 1 : weight(this.match(entry));
  }

  #compare(a: number, b: number): number {
    return this.#events.compare(this.#eventOf[a]!, this.#eventOf[b]!);
  }

  #isInOrder(from: number): boolean {
    for (let at = Math.max(from, this.#head + 1); at < this.#tail; at++)
      if (this.#compare(this.#order[at - 1]!, this.#order[at]!) > 0) return false;
    return true;
  }

  #moveToFront(): void {
    this.#order.copyWithin(0, this.#head, this.#tail);
    this.#tail -= this.#head;
    this.#ordered = this.#tail;
    this.#head = 0;
  }
}
