/** Finds the rules that an event may satisfy, by the anchors that it has. The cost of an event grows with its words, not with the rules. */
import type { Field } from '../event/event.ts';
import type { Slices } from '../event/slices.ts';
import type { Frequency } from './anchors.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { EventView } from './event-view.ts';

export interface RuleIndex {
  /** Returns the rules to try on the event in view, in their order. The array is used again for the next event. */
  candidates(view: EventView): readonly CompiledRule[];
}

/** Builds the index rule by rule, and yields after each. */
export function* indexingRules(rules: readonly CompiledRule[], frequency: Frequency): Slices<RuleIndex> {
  const always: number[] = [];
  const byField = new Map<Field, Map<string, number[]>>();
  for (const [number, rule] of rules.entries()) {
    const anchors = rule.anchors(frequency);
    if (anchors === undefined) always.push(number);
    for (const { field, text } of anchors ?? []) add(byField, field, text, number);
    yield;
  }
  return indexOf(rules, always, byField);
}

function indexOf(
  rules: readonly CompiledRule[],
  always: readonly number[],
  byField: ReadonlyMap<Field, ReadonlyMap<string, readonly number[]>>,
): RuleIndex {
  const fields = [...byField];
  const found: CompiledRule[] = [];
  const numbers: number[] = [];
  const triedAt = new Uint32Array(rules.length);
  let events = 0;

  const take = (anchored: readonly number[] | undefined): void => {
    if (anchored === undefined) return;
    for (const number of anchored) {
      if (triedAt[number] === events) continue;
      triedAt[number] = events;
      numbers.push(number);
    }
  };

  return {
    candidates(view) {
      events = (events + 1) >>> 0;
      if (events === 0) {
        triedAt.fill(0);
        events = 1;
      }
      numbers.length = 0;
      take(always);
      for (const [field, anchored] of fields) {
        if (field.type === 'text')
          for (const tokens of view.tokens(field)) for (const token of tokens) take(anchored.get(token));
        else for (const value of view.values(field)) take(anchored.get(String(value)));
      }
      if (numbers.length > 1) numbers.sort((a, b) => a - b);
      found.length = 0;
      for (const number of numbers) found.push(rules[number]!);
      return found;
    },
  };
}

function add(byField: Map<Field, Map<string, number[]>>, field: Field, text: string, number: number): void {
  const texts = byField.get(field) ?? new Map<string, number[]>();
  byField.set(field, texts);
  const numbers = texts.get(text) ?? [];
  texts.set(text, numbers);
  if (numbers.at(-1) !== number) numbers.push(number);
}
