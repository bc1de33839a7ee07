/** Events with their tags, in flat columns, by places that the owner gives out. */
import type { Value } from '../../event/event.ts';
import type { EventRef } from '../input/event-ref.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { noDoubles, noInts, withRoom } from './columns.ts';
import { loadEvents, saveEvents } from './event-bytes.ts';
import { createEventColumn } from './event-column.ts';

/** The data that an operator keeps beside an event. */
export interface Tag {
  /** A bit for each condition that the event satisfied. */
  readonly mask: number;
  /** Values by field, in the operator's own order; undefined if the operator reads none. */
  readonly values: readonly (readonly Value[])[] | undefined;
}

export interface TagParts {
  readonly keepsMasks: boolean;
  readonly keepsValues: boolean;
}

/** The values of an event as they are kept. Most events have one value of one field: it is kept alone, without its two arrays. */
type Kept = Value | NonNullable<Tag['values']>;

function keptOf(values: Tag['values']): Kept | undefined {
  if (values?.length !== 1) return values;
  const first = values[0]!;
  return first.length === 1 ? first[0] : values;
}

function valuesOf(kept: Kept | undefined): Tag['values'] {
  return kept === undefined || typeof kept === 'object' ? kept : [[kept]];
}

export class TaggedEvents {
  readonly #events = createEventColumn();
  readonly #keeps: TagParts;
  #masks = noInts;
  /** The values that are numbers, NaN for others; empty while there are none. The others. */
  #numbers = noDoubles;
  readonly #others: (Kept | undefined)[] = [];
  #room = 0;

  constructor(keeps: TagParts) {
    this.#keeps = keeps;
  }

  get bytes(): number {
    return this.#events.bytes + this.#masks.byteLength + this.#numbers.byteLength + this.#others.length * 8;
  }

  /** Makes room for places below `length`. */
  grow(length: number): void {
    this.#room = length;
    this.#events.grow(length);
    if (this.#numbers.length > 0) this.#growNumbers();
    if (this.#keeps.keepsMasks) this.#masks = withRoom(this.#masks, length);
  }

  set(at: number, event: EventRef, tag: Tag): void {
    this.#events.set(at, event);
    if (this.#keeps.keepsMasks) this.#masks[at] = tag.mask;
    if (this.#keeps.keepsValues) this.#keep(at, keptOf(tag.values));
  }

  /** Moves `count` entries to earlier places; the two ranges may overlap. */
  move(from: number, to: number, count: number): void {
    const { keepsMasks, keepsValues } = this.#keeps;
    for (let i = 0; i < count; i++) {
      this.#events.move(from + i, to + i);
      if (keepsMasks) this.#masks[to + i] = this.#masks[from + i]!;
      if (keepsValues) this.#keep(to + i, this.#kept(from + i));
    }
    if (keepsValues) for (let at = to + count; at < from + count; at++) this.forget(at);
  }

  /** Releases the values at a place, whose entry is gone. */
  forget(at: number): void {
    if (this.#others.length > 0) this.#others[at] = undefined;
  }

  timeMs(at: number): number {
    return this.#events.timeMs(at);
  }

  event(at: number): EventRef {
    return this.#events.get(at);
  }

  mask(at: number): number {
    return this.#keeps.keepsMasks ? this.#masks[at]! : 0;
  }

  tag(at: number): Tag {
    return { mask: this.mask(at), values: valuesOf(this.#kept(at)) };
  }

  /** `written`: returns the values that stand for those that are kept. */
  save(places: readonly number[], writer: ByteWriter, written = sameValues): void {
    saveEvents(
      places.map((at) => this.event(at)),
      writer,
    );
    if (this.#keeps.keepsMasks) for (const at of places) writer.whole(this.#masks[at]!);
    if (this.#keeps.keepsValues) writer.json(places.map((at) => written(valuesOf(this.#kept(at)))));
  }

  /** Reads the entries that `save` wrote. The caller sets them again, one by one. */
  read(reader: ByteReader): readonly { readonly event: EventRef; readonly tag: Tag }[] {
    const events = loadEvents(reader);
    const masks = this.#keeps.keepsMasks ? events.map(() => reader.whole()) : [];
    const values = this.#keeps.keepsValues ? (reader.json() as Tag['values'][]) : [];
    return events.map((event, i) => ({ event, tag: { mask: masks[i] ?? 0, values: values[i] } }));
  }

  #keep(at: number, kept: Kept | undefined): void {
    const isNumber = typeof kept === 'number';
    if (isNumber && this.#numbers.length === 0) this.#growNumbers();
    if (this.#numbers.length > 0) this.#numbers[at] = isNumber ? kept : NaN;
    if (!isNumber || this.#others.length > 0) this.#others[at] = isNumber ? undefined : kept;
  }

  #kept(at: number): Kept | undefined {
    const number = this.#numbers.length > 0 ? this.#numbers[at]! : NaN;
    return Number.isNaN(number) ? this.#others[at] : number;
  }

  #growNumbers(): void {
    const from = this.#numbers.length;
    this.#numbers = withRoom(this.#numbers, this.#room);
    this.#numbers.fill(NaN, from);
  }
}

export type TagValues = Tag['values'];

const sameValues = (values: TagValues): TagValues => values;
