/** Collects the matches of a batch, and counts the events that satisfied a rule and yet do not count for it. */
import type { LogEvent, Schema, Value } from '../event/event.ts';
import { excerptOf, LINE_UNITS, VALUE_UNITS } from '../event/excerpt.ts';
import { redactKnown } from '../event/redact.ts';
import type { Match, ShownEvent } from '../event/match.ts';
import type { CompiledRule } from './compiled-rule.ts';

/** Counts of events that satisfied a rule and yet do not count for it. */
export interface Missed {
  readonly rule: string;
  readonly reason: 'too_late' | 'future' | 'group_missing';
  readonly count: number;
}

export interface Matched {
  /** In the order of the events, then of the rules. */
  readonly matches: readonly Match[];
  readonly missed: readonly Missed[];
  /** The first matches of events that came too late, at most 100. */
  readonly late: readonly Match[];
}

export interface Collector {
  /** Takes an event that satisfies conditions of a rule. Events come one after the other. */
  take(event: LogEvent, rule: CompiledRule, conditions: readonly string[]): void;
  matched(): Matched;
}

/** Each of these matches goes into the journal, only to be judged aside. */
const LATE_MATCHES_MAX = 100;

export function createCollector(schema: Schema): Collector {
  const matches: Match[] = [];
  const missed = new Map<string, Missed>();
  const late: Match[] = [];
  let shown: ShownEvent | undefined;
  let shownOf: LogEvent | undefined;

  function miss(reason: Missed['reason'], { name }: CompiledRule): void {
    const key = `${reason} ${name}`;
    missed.set(key, { rule: name, reason, count: (missed.get(key)?.count ?? 0) + 1 });
  }

  return {
    take(event, rule, conditions) {
      const { timeliness } = event;
      if (timeliness !== 'in_time') {
        miss(timeliness, rule);
        if (timeliness === 'future' || late.length >= LATE_MATCHES_MAX) return;
      }
      const group = rule.group(event);
      if (group === undefined) {
        if (timeliness === 'in_time') miss('group_missing', rule);
        return;
      }
      if (shown === undefined || shownOf !== event) shown = new ShownLater(event, schema);
      shownOf = event;
      (timeliness === 'in_time' ? matches : late).push(matchOf(event, rule, conditions, group, shown));
    },
    matched: () => ({ matches, missed: [...missed.values()], late }),
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

/** The parts that people are shown, made when they are first looked at. */
class ShownLater implements ShownEvent {
  readonly #schema: Schema;
  #event: Shows | undefined;
  #made: ShownEvent | undefined;

  constructor(event: LogEvent, schema: Schema) {
    // The text of a match may be kept for days, and must not keep the batch.
    this.#event = event.alone?.() ?? event;
    this.#schema = schema;
    // Thousands of matches are kept, and long lines would fill the memory.
    if (this.#event.line.length > KEPT_UNITS_MAX) this.toJSON();
  }

  get excerpt(): string {
    return this.toJSON().excerpt;
  }

  get fields(): ShownEvent['fields'] {
    return this.toJSON().fields;
  }

  toJSON(): ShownEvent {
    if (this.#made === undefined) {
      this.#made = shownEventOf(this.#event!, this.#schema);
      this.#event = undefined;
    }
    return this.#made;
  }
}

/** Longest line that is kept as it is, in UTF-16 units. */
const KEPT_UNITS_MAX = 2_000;

type Shows = Pick<LogEvent, 'line' | 'values'>;

const SHOWN_VALUES = 8;

/**
 * Returns the parts of an event that people are shown, without the credentials of the configuration, since these parts are kept. Made once
 * for all rules that the event satisfies.
 */
export function shownEventOf(event: Shows, schema: Schema): ShownEvent {
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
