/**
 * Matches events against rules: finds the rules that want an event, and makes the small record of it that `detect` works on. Every event is
 * judged alone. The matcher learns from the stream only to become faster. Only events in time match; a match of any other event is counted.
 */
import type { Field, LogEvent, Schema, Value } from '../event/event.ts';
import { excerptOf, LINE_UNITS, VALUE_UNITS } from '../event/excerpt.ts';
import { redactKnown } from '../event/redact.ts';
import type { Match, ShownEvent } from '../event/match.ts';
import { whole, type Slices } from '../event/slices.ts';
import type { Ruleset } from '../rule/ast.ts';
import { compileRule } from './compiled-rule.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { createEventView } from './event-view.ts';
import { createFrequencies, type Learned } from './frequencies.ts';
import { indexingRules, type RuleIndex } from './rule-index.ts';

/** Counts of events that satisfied a rule and yet do not count for it. */
export interface Missed {
  readonly rule: string;
  readonly reason: 'too_late' | 'future' | 'group_missing';
  readonly count: number;
}

interface Matched {
  /** In the order of the events, then of the rules. */
  readonly matches: readonly Match[];
  readonly missed: readonly Missed[];
  /** The first matches of events that came too late, at most 100. */
  readonly late: readonly Match[];
}

export interface Matcher {
  match(events: readonly LogEvent[]): Matched;
  /** The token frequencies learned from the stream, for the next matcher. */
  readonly learned: () => Learned;
}

/** Rules that are indexed anew at each event, after a sample was learned. The stream must not wait for thousands of rules at once. */
const INDEXED_AN_EVENT = 4;
/** Each of these matches goes into the journal, only to be judged aside. */
const LATE_MATCHES_MAX = 100;

export function compileMatcher(ruleset: Ruleset): Matcher {
  return whole(compilingMatcher(ruleset));
}

/** Compiles rule by rule and yields after each, so that the stream can go on. `learned`: token frequencies of the previous matcher. */
export function* compilingMatcher(ruleset: Ruleset, learned?: Learned): Slices<Matcher> {
  const { schema } = ruleset;
  const rules: CompiledRule[] = [];
  const anchorFields = new Set<Field>();
  for (const rule of ruleset.rules) {
    const compiled = compileRule(rule, schema);
    rules.push(compiled);
    for (const field of compiled.anchorFields) anchorFields.add(field);
    yield;
  }
  const frequencies = createFrequencies(anchorFields, learned);
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
    match(events) {
      const matches: Match[] = [];
      const missed = new Map<string, Missed>();
      const late: Match[] = [];
      for (const event of events) {
        view.look(event);
        learn();
        let shown: ShownEvent | undefined;
        for (const rule of index.candidates(view)) {
          if (!rule.reads(event.position.source)) continue;
          const conditions = rule.conditions(view);
          if (conditions.length === 0) continue;
          const isInTime = event.timeliness === 'in_time';
          if (!isInTime) miss(missed, rule, event);
          if (!isInTime && (event.timeliness === 'future' || late.length >= LATE_MATCHES_MAX)) continue;
          const group = rule.group(event);
          if (group !== undefined) {
            shown ??= shownEventOf(event, schema);
            (isInTime ? matches : late).push(matchOf(event, rule, conditions, group, shown));
          } else if (isInTime) miss(missed, rule, event);
        }
      }
      return { matches, missed: [...missed.values()], late };
    },
  };
}

function matchOf(
  event: LogEvent,
  rule: CompiledRule,
  conditions: readonly string[],
  group: readonly Value[],
  shown: ShownEvent,
): Match {
  const { timeMs, position } = event;
  const values = rule.values(event);
  if (values === undefined) return { rule: rule.name, conditions, group, timeMs, position, shown };
  return { rule: rule.name, conditions, group, timeMs, position, shown, values };
}

function miss(missed: Map<string, Missed>, { name }: CompiledRule, { timeliness }: LogEvent): void {
  const reason = timeliness === 'in_time' ? 'group_missing' : timeliness;
  const key = `${reason} ${name}`;
  missed.set(key, { rule: name, reason, count: (missed.get(key)?.count ?? 0) + 1 });
}

const SHOWN_VALUES = 8;

/**
 * Returns the parts of an event that people are shown, without the credentials of the configuration, since these parts are kept. Made once
 * for all rules that the event satisfies.
 */
export function shownEventOf(event: LogEvent, schema: Schema): ShownEvent {
  const line = redactKnown(event.line);
  const shown = line === event.line ? shortened : withoutSecrets;
  const fields: Record<string, readonly Value[]> = {};
  for (const field of schema.fields) {
    const values = event.values(field);
    if (values.length > 0) fields[field.name] = values.slice(0, SHOWN_VALUES).map(shown);
  }
  return { excerpt: excerptOf(line, LINE_UNITS), fields };
}

const shortened = (value: Value): Value =>
  typeof value === 'string' ? excerptOf(value, VALUE_UNITS) : value;

/** Removes credentials from a value. A number becomes a text if its digits are a secret. */
function withoutSecrets(value: Value): Value {
  if (typeof value === 'boolean') return value;
  const shown = redactKnown(String(value));
  return shown === String(value) ? shortened(value) : shortened(shown);
}
