/** Collects the matches of a batch, and counts the events that satisfied a rule and yet do not count for it. */
import { IN_TIME, type MatchableLines } from '../event/decoded-lines.ts';
import type { LogEvent, Schema } from '../event/event.ts';
import { MatchColumns, type Matches } from '../event/match-columns.ts';
import type { Match } from '../event/match.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { LineInHand } from './line-in-hand.ts';
import { MISSING } from './rule-fields.ts';
import { LinesShownLater, ShownLater } from './shown-event.ts';

/** Counts of events that satisfied a rule and yet do not count for it. */
export interface Missed {
  readonly rule: string;
  readonly reason: 'too_late' | 'future' | 'group_missing';
  readonly count: number;
}

export interface Matched {
  /** In the order of the events, then of the rules. Made of `columns` when it is asked for. */
  readonly matches: readonly Match[];
  /** The same matches, in the form that costs least. */
  readonly columns: Matches;
  readonly missed: readonly Missed[];
  /** The first matches of events that came too late, at most 100. */
  readonly late: readonly Match[];
  /** Lets go of the batch that the events came in. Call it once the matches of `columns` are durable. */
  leaveBatch(): void;
}

export interface Collector {
  /** Takes an event that satisfies conditions of a rule. Events come one after the other. */
  take(event: LogEvent, rule: CompiledRule, conditions: readonly string[]): void;
  /** As `take`, for a line of the batch. */
  takeLine(line: LineInHand, rule: CompiledRule, conditions: readonly string[]): void;
  matched(): Matched;
}

/** Each of these matches goes into the journal, only to be judged aside. */
const LATE_MATCHES_MAX = 100;

export interface CollectorOptions {
  readonly schema: Schema;
  /** The names of the rules by their numbers. */
  readonly ruleNames: readonly string[];
  /** About how many matches will come. */
  readonly expected: number;
  /** The batch whose lines are matched. Absent: only events are. */
  readonly lines?: MatchableLines | undefined;
}

export function createCollector(options: CollectorOptions): Collector {
  return new BatchCollector(options);
}

class BatchCollector implements Collector, Matched {
  readonly columns: MatchColumns;
  readonly late: Match[] = [];
  readonly #schema: Schema;
  readonly #missed = new Map<string, Missed>();
  readonly #linesShown: LinesShownLater | undefined;
  #matches: readonly Match[] | undefined;
  readonly #shown: ShownLater[] = [];
  /** The event or the line that was taken last, and whether it is in `columns`. */
  #event: LogEvent | undefined;
  #line = -1;
  #isInColumns = false;

  constructor({ schema, ruleNames, expected, lines }: CollectorOptions) {
    this.#schema = schema;
    this.#linesShown = lines && new LinesShownLater(lines, schema);
    this.columns = new MatchColumns(ruleNames, expected, this.#linesShown);
  }

  take(event: LogEvent, rule: CompiledRule, conditions: readonly string[]): void {
    if (event !== this.#event) {
      this.#event = event;
      this.#line = -1;
      this.#isInColumns = false;
    }
    if (event.timeliness !== 'in_time') {
      this.#takeUntimely(event, rule, conditions);
      return;
    }
    const group = rule.grouping.groupOf(event, this.columns);
    if (group === MISSING) {
      this.#miss('group_missing', rule);
      return;
    }
    if (!this.#isInColumns) this.columns.addEvent(event.timeMs, event.position, this.#show(event));
    this.#isInColumns = true;
    this.columns.add(rule.number, conditions, group, rule.reading?.valuesOf(event));
  }

  takeLine(inHand: LineInHand, rule: CompiledRule, conditions: readonly string[]): void {
    const { lines, line } = inHand;
    if (line !== this.#line) {
      this.#line = line;
      this.#event = undefined;
      this.#isInColumns = false;
    }
    if (lines.timeliness[line] !== IN_TIME) {
      this.#takeUntimely(inHand.event, rule, conditions);
      return;
    }
    const group = rule.grouping.groupOf(inHand, this.columns, line);
    if (group === MISSING) {
      this.#miss('group_missing', rule);
      return;
    }
    if (!this.#isInColumns) this.columns.addLine(lines.timesMs[line]!, lines.batch.offsets[line]!, line);
    this.#isInColumns = true;
    this.columns.add(rule.number, conditions, group, rule.reading?.valuesOf(inHand, line));
  }

  matched(): Matched {
    return this;
  }

  get matches(): readonly Match[] {
    // Nobody says how long an object is kept.
    this.leaveBatch();
    return (this.#matches ??= [...this.columns]);
  }

  get missed(): readonly Missed[] {
    return [...this.#missed.values()];
  }

  leaveBatch(): void {
    for (const shown of this.#shown) shown.leaveBatch();
    this.#linesShown?.leaveBatch(this.columns.of.unshownLines());
    this.#event = undefined;
  }

  #takeUntimely(event: LogEvent, rule: CompiledRule, conditions: readonly string[]): void {
    const { timeliness, timeMs, position } = event;
    this.#miss(timeliness === 'future' ? 'future' : 'too_late', rule);
    if (timeliness === 'future' || this.late.length >= LATE_MATCHES_MAX) return;
    const group = rule.grouping.valuesOf(event);
    if (group === undefined) return;
    const before = this.late.at(-1);
    const shown = before?.position === position ? before.shown : this.#show(event);
    const values = rule.reading?.valuesOf(event);
    const match = { rule: rule.name, conditions, group, timeMs, position, shown };
    this.late.push(values === undefined ? match : { ...match, values });
  }

  #show(event: LogEvent): ShownLater {
    const shown = new ShownLater(event, this.#schema);
    this.#shown.push(shown);
    return shown;
  }

  #miss(reason: Missed['reason'], { name }: CompiledRule): void {
    const key = `${reason} ${name}`;
    this.#missed.set(key, { rule: name, reason, count: (this.#missed.get(key)?.count ?? 0) + 1 });
  }
}
