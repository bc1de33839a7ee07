/** Running values of the measures of an aggregate (count(NAME), distinct(f), sum(f) …): one tally for each measure, one cell for each slot. */
import type { Value } from '../../event/event.ts';
import type { Measure } from '../../rule/ast.ts';
import { noInts, withRoom } from '../columns/columns.ts';
import { CountedValues } from '../columns/counted-values.ts';
import { addExactly, roundedSum } from './exact-sum.ts';
import { createExtremes, type Extremes } from './extremes.ts';
import { createQuantiles, type Quantiles } from './quantiles.ts';
import type { Tag } from '../columns/tagged-events.ts';

export interface Tally {
  /** True if the value is the number of events, and nothing else is kept. */
  readonly isSize: boolean;
  /** The values of which a tally counts the different ones. Who keeps their entries may add and remove them here instead. */
  readonly counted?: CountedValues;
  add(slot: number, tag: Tag): void;
  remove(slot: number, tag: Tag): void;
  clear(slot: number): void;
  /** Undefined if there is no value (avg, min, max, percentiles); every comparison with it is then false. */
  value(slot: number): number | undefined;
  /** State of the slot that cannot be found from the events of its window alone. */
  mark(slot: number): number;
  restore(slot: number, mark: number): void;
}

/** The place in a tag of each condition and each field that a measure needs. */
export interface TagPlaces {
  bit(name: string): number;
  column(field: string): number;
}

export function createTally(measure: Measure, places: TagPlaces, size: (slot: number) => number): Tally {
  switch (measure.kind) {
    case 'count':
      return measure.of === undefined ? sizeTally(size) : namedCount(places.bit(measure.of.name));
    case 'distinct':
      return distinctTally(places.column(measure.field.name));
    case 'sum':
    case 'avg':
      return sumTally(places.column(measure.field.name), measure.kind === 'avg');
    case 'min':
    case 'max':
      return extremeTally(places.column(measure.field.name), measure.kind);
    case 'p50':
    case 'p90':
    case 'p95':
    case 'p99':
      return rankTally(places.column(measure.field.name), measure.kind);
  }
}

const unmarked = { isSize: false, mark: () => 0, restore: () => undefined };
const nothing = (): void => undefined;

function sizeTally(size: (slot: number) => number): Tally {
  return { add: nothing, remove: nothing, clear: nothing, value: size, ...unmarked, isSize: true };
}

function namedCount(bit: number): Tally {
  let counts = noInts;
  return {
    add(slot, tag) {
      counts = withRoom(counts, slot + 1);
      counts[slot] = counts[slot]! + ((tag.mask >>> bit) & 1);
    },
    remove: (slot, tag) => void (counts[slot] = counts[slot]! - ((tag.mask >>> bit) & 1)),
    clear(slot) {
      if (slot < counts.length) counts[slot] = 0;
    },
    value: (slot) => counts[slot] ?? 0,
    ...unmarked,
  };
}

function distinctTally(column: number): Tally {
  const values = new CountedValues();
  return {
    counted: values,
    add(slot, tag) {
      for (const value of valuesIn(tag, column)) values.add(slot, value);
    },
    remove(slot, tag) {
      for (const value of valuesIn(tag, column)) values.remove(values.find(slot, value));
    },
    clear: (slot) => values.clear(slot),
    value: (slot) => values.different(slot),
    ...unmarked,
  };
}

function sumTally(column: number, isMean: boolean): Tally {
  const sums: ({ partials: number[]; count: number } | undefined)[] = [];
  return {
    add(slot, tag) {
      const sum = (sums[slot] ??= { partials: [], count: 0 });
      for (const value of valuesIn(tag, column)) {
        if (typeof value !== 'number') continue;
        addExactly(sum.partials, value);
        sum.count++;
      }
    },
    remove(slot, tag) {
      const sum = sums[slot];
      if (sum === undefined) return;
      for (const value of valuesIn(tag, column)) {
        if (typeof value !== 'number') continue;
        addExactly(sum.partials, -value);
        sum.count--;
      }
      if (sum.count === 0) sum.partials = [];
    },
    clear: (slot) => void (sums[slot] = undefined),
    value(slot) {
      const sum = sums[slot];
      if (!isMean) return sum === undefined ? 0 : roundedSum(sum.partials);
      return sum === undefined || sum.count === 0 ? undefined : roundedSum(sum.partials) / sum.count;
    },
    ...unmarked,
  };
}

function extremeTally(column: number, which: 'min' | 'max'): Tally {
  const cells: (Extremes | undefined)[] = [];
  return {
    add(slot, tag) {
      const cell = (cells[slot] ??= createExtremes(which));
      for (const value of valuesIn(tag, column)) if (typeof value === 'number') cell.add(value);
    },
    remove(slot, tag) {
      for (const value of valuesIn(tag, column)) if (typeof value === 'number') cells[slot]?.remove(value);
    },
    clear: (slot) => void (cells[slot] = undefined),
    value: (slot) => cells[slot]?.value(),
    ...unmarked,
  };
}

const percents = { p50: 50, p90: 90, p95: 95, p99: 99 } as const;

function rankTally(column: number, kind: keyof typeof percents): Tally {
  const cells: (Quantiles | undefined)[] = [];
  return {
    add(slot, tag) {
      const cell = (cells[slot] ??= createQuantiles());
      for (const value of valuesIn(tag, column)) if (typeof value === 'number') cell.add(value);
    },
    remove(slot, tag) {
      for (const value of valuesIn(tag, column)) if (typeof value === 'number') cells[slot]?.remove(value);
    },
    clear: (slot) => void (cells[slot] = undefined),
    value: (slot) => cells[slot]?.rank(percents[kind]),
    isSize: false,
    mark: (slot) => (cells[slot]?.isBucketed === true ? 1 : 0),
    restore(slot, mark) {
      if (mark === 1) cells[slot]?.useBuckets();
    },
  };
}

const NO_VALUES: readonly Value[] = [];

function valuesIn(tag: Tag, column: number): readonly Value[] {
  return tag.values?.[column] ?? NO_VALUES;
}
