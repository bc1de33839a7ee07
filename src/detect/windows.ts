/**
 * The events in the windows of all groups of a rule: a queue a slot, kept as linked lists in one slab of flat arrays, so that a
 * million groups are a handful of objects. Events go in at the end, in order, and leave at the front.
 */
import type { Value } from '../event/event.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { EventRef } from './operator.ts';

/** What an operator keeps beside the event itself. */
export interface Tag {
  /** Bits of the conditions it satisfied. */
  readonly mask: number;
  /** Values by field in the operator's own order; undefined where the operator reads none. */
  readonly values: readonly (readonly Value[])[] | undefined;
}

export interface Windows {
  push(slot: number, event: EventRef, tag: Tag): void;
  size(slot: number): number;
  /** Time of the oldest event; Infinity when there is none. */
  oldestMs(slot: number): number;
  /** Time of the newest event; −Infinity when there is none. */
  newestMs(slot: number): number;
  /** Takes the oldest event away and gives its tag. */
  shift(slot: number): Tag;
  clear(slot: number): void;
  oldest(slot: number): EventRef | undefined;
  /** The newest two, oldest first. */
  newest(slot: number): readonly EventRef[];
  tags(slot: number): Iterable<Tag>;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader, each: (tag: Tag) => void): void;
}

const none = -1;

export function createWindows(keepsValues: boolean): Windows {
  let capacity = 256;
  let times = new Float64Array(capacity);
  let offsets = new Float64Array(capacity);
  let partitions = new Int32Array(capacity);
  let samples = new Int32Array(capacity);
  let masks = new Int32Array(capacity);
  let next = new Int32Array(capacity);
  const values: (Tag['values'] | undefined)[] = [];
  let used = 0;
  let freed = none;

  let heads = new Int32Array(64).fill(none);
  let tails = new Int32Array(64).fill(none);
  let sizes = new Int32Array(64);

  // Partitions by number, so that an entry holds one small integer for source and partition.
  const names: { readonly source: string; readonly partition: number }[] = [];
  const numbers = new Map<string, Map<number, number>>();

  function partitionNumber(source: string, partition: number): number {
    let bySource = numbers.get(source);
    if (bySource === undefined) numbers.set(source, (bySource = new Map<number, number>()));
    let number = bySource.get(partition);
    if (number === undefined) {
      number = names.length;
      names.push({ source, partition });
      bySource.set(partition, number);
    }
    return number;
  }

  function room(slot: number): void {
    if (slot < heads.length) return;
    const length = Math.max(heads.length * 2, slot + 1);
    heads = longer(heads, length, none);
    tails = longer(tails, length, none);
    sizes = longer(sizes, length, 0);
  }

  function entry(): number {
    if (freed !== none) {
      const taken = freed;
      freed = next[taken]!;
      return taken;
    }
    if (used === capacity) {
      capacity *= 2;
      times = longerDoubles(times, capacity);
      offsets = longerDoubles(offsets, capacity);
      partitions = longer(partitions, capacity, 0);
      samples = longer(samples, capacity, 0);
      masks = longer(masks, capacity, 0);
      next = longer(next, capacity, 0);
    }
    return used++;
  }

  function push(slot: number, event: EventRef, tag: Tag): void {
    room(slot);
    const at = entry();
    times[at] = event.timeMs;
    offsets[at] = event.position.offset;
    partitions[at] = partitionNumber(event.position.source, event.position.partition);
    samples[at] = event.sample;
    masks[at] = tag.mask;
    next[at] = none;
    if (keepsValues) values[at] = tag.values;
    const tail = tails[slot]!;
    if (tail === none) heads[slot] = at;
    else next[tail] = at;
    tails[slot] = at;
    sizes[slot] = sizes[slot]! + 1;
  }

  function read(at: number): EventRef {
    const { source, partition } = names[partitions[at]!]!;
    return {
      timeMs: times[at]!,
      position: { source, partition, offset: offsets[at]! },
      sample: samples[at]!,
    };
  }

  const head = (slot: number): number => (slot < heads.length ? heads[slot]! : none);
  const tagOf = (at: number): Tag => ({ mask: masks[at]!, values: values[at] });

  return {
    push,
    size: (slot) => (slot < sizes.length ? sizes[slot]! : 0),
    oldestMs(slot) {
      const at = head(slot);
      return at === none ? Infinity : times[at]!;
    },
    newestMs: (slot) => (head(slot) === none ? -Infinity : times[tails[slot]!]!),
    shift(slot) {
      const at = heads[slot]!;
      const tag = tagOf(at);
      heads[slot] = next[at]!;
      if (heads[slot] === none) tails[slot] = none;
      sizes[slot] = sizes[slot]! - 1;
      if (keepsValues) values[at] = undefined;
      next[at] = freed;
      freed = at;
      return tag;
    },
    clear(slot) {
      if (head(slot) === none) return;
      if (keepsValues) for (let at = heads[slot]!; at !== none; at = next[at]!) values[at] = undefined;
      next[tails[slot]!] = freed;
      freed = heads[slot]!;
      heads[slot] = none;
      tails[slot] = none;
      sizes[slot] = 0;
    },
    oldest(slot) {
      const at = head(slot);
      return at === none ? undefined : read(at);
    },
    newest(slot) {
      let before = none;
      let last = none;
      for (let at = head(slot); at !== none; at = next[at]!) {
        before = last;
        last = at;
      }
      return [before, last].filter((at) => at !== none).map(read);
    },
    *tags(slot) {
      for (let at = head(slot); at !== none; at = next[at]!) yield tagOf(at);
    },
    save(slot, writer) {
      writer.u32(slot < sizes.length ? sizes[slot]! : 0);
      for (let at = head(slot); at !== none; at = next[at]!) {
        const { source, partition } = names[partitions[at]!]!;
        writer.f64(times[at]!);
        writer.f64(offsets[at]!);
        writer.name(source);
        writer.u32(partition);
        writer.u32(samples[at]!);
        writer.u32(masks[at]!);
        if (keepsValues) writer.json(values[at]);
      }
    },
    load(slot, reader, each) {
      const size = reader.u32();
      for (let i = 0; i < size; i++) {
        const timeMs = reader.f64();
        const offset = reader.f64();
        const source = reader.name();
        const partition = reader.u32();
        const sample = reader.u32();
        const mask = reader.u32();
        const tag = { mask, values: keepsValues ? (reader.json() as Tag['values']) : undefined };
        push(slot, { timeMs, position: { source, partition, offset }, sample }, tag);
        each(tag);
      }
    },
  };
}

function longer(array: Int32Array<ArrayBuffer>, length: number, filler: number): Int32Array<ArrayBuffer> {
  const result = new Int32Array(length).fill(filler, array.length);
  result.set(array);
  return result;
}

function longerDoubles(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(length);
  result.set(array);
  return result;
}
