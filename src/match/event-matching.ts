/** Matching the plain way: each event is looked at through its view. It is the meaning of all matching, and it can match every event. */
import type { Field, LogEvent } from '../event/event.ts';
import type { Slices } from '../event/slices.ts';
import type { Collector } from './collector.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { createEventView } from './event-view.ts';
import { createFrequencies, type Learned } from './frequencies.ts';
import { indexingRules, type RuleIndex } from './rule-index.ts';

export interface EventMatching {
  /** Gives the rules that the event satisfies to the collector. */
  match(event: LogEvent, collector: Collector): void;
  readonly learned: () => Learned;
}

/** Rules that are indexed anew at each event, after a sample was learned. The stream must not wait for thousands of rules at once. */
export const INDEXED_AN_EVENT = 4;

/** Indexes rule by rule and yields after each. The rules that are indexed anew come from `rules` as well. */
export function* eventMatching(rules: readonly CompiledRule[], before?: Learned): Slices<EventMatching> {
  const fields = new Set<Field>(rules.flatMap(({ anchorFields }) => anchorFields));
  const frequencies = createFrequencies(fields, before);
  let index = yield* indexingRules(rules, frequencies.of);
  let indexing: Slices<RuleIndex> | undefined;
  const view = createEventView();

  /** Learns from the event in view. After a sample, goes on with building the index that follows from it. */
  const learn = (): void => {
    if (frequencies.see(view)) indexing = indexingRules(rules, frequencies.of);
    for (let i = 0; indexing !== undefined && i < INDEXED_AN_EVENT; i++) {
      const step = indexing.next();
      if (step.done !== true) continue;
      index = step.value;
      indexing = undefined;
    }
  };

  return {
    learned: frequencies.learned,
    match(event, collector) {
      view.look(event);
      learn();
      for (const rule of index.candidates(view)) {
        if (!rule.reads(event.position.source)) continue;
        const conditions = rule.conditions(view);
        if (conditions.length > 0) collector.take(event, rule, conditions);
      }
    },
  };
}

