/** The layout of the tags of an aggregate: bits of the conditions, and values of the fields, that its measures name. */
import type { Measure } from '../../rule/ast.ts';
import type { Tag } from '../columns/tagged-events.ts';
import type { TakenMatch } from '../input/event-ref.ts';
import type { TagPlaces } from './tallies.ts';

export interface TagLayout extends TagPlaces {
  readonly names: readonly string[];
  readonly fields: readonly string[];
  tagOf(event: TakenMatch): Tag;
  /** Returns by how much the event can raise a count or a number of different values, at most. */
  valuesMax(event: TakenMatch): number;
}

const NO_TAG: Tag = Object.freeze({ mask: 0, values: undefined });

export function tagLayout(measures: Iterable<Measure>): TagLayout {
  const named = new Set<string>();
  const read = new Set<string>();
  for (const measure of measures)
    if (measure.kind !== 'count') read.add(measure.field.name);
    else if (measure.of !== undefined) named.add(measure.of.name);
  const names = [...named];
  const fields = [...read];
  return {
    names,
    fields,
    bit: (name) => names.indexOf(name),
    column: (field) => fields.indexOf(field),
    valuesMax({ values }) {
      let max = 1;
      for (const field of fields) max = Math.max(max, values[field]?.length ?? 0);
      return max;
    },
    tagOf({ conditions, values }) {
      if (names.length === 0 && fields.length === 0) return NO_TAG;
      let mask = 0;
      for (let bit = 0; bit < names.length; bit++) if (conditions.includes(names[bit]!)) mask |= 1 << bit;
      return {
        mask,
        values: fields.length > 0 ? fields.map((field) => values[field] ?? []) : undefined,
      };
    },
  };
}
