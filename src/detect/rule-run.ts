/**
 * One rule at work. Matches wait in the event-time buffer for the watermark. Then they are applied in the order of events, instant by
 * instant (instants.ts). Early firings come from lifecycle/early-firings.ts; only the code here makes final decisions.
 */
import type { Episode, ResolveReason, Transition } from '../event/alert.ts';
import { Arming } from './arming.ts';
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import type { GroupPass } from './columns/group-pass.ts';
import { createOperator } from './forms/forms.ts';
import type { DetectRule } from './input/input.ts';
import { lookBackMs } from '../rule/alert-parts.ts';
import type { Arrivals } from './arrivals.ts';
import { armedWith } from './input/armed-with.ts';
import { underStateNames } from './input/let-names.ts';
import type { Waiting } from './input/waiting.ts';
import { Instants } from './instants.ts';
import { EarlyFirings } from './lifecycle/early-firings.ts';
import { createMachine, type FiringEpisode, type Machine } from './lifecycle/machine.ts';
import type { Samples } from './lifecycle/samples.ts';
import { LiveGroups } from './live-groups.ts';
import { plainForm, type Operator } from './operator.ts';
import type { SharedWaiting } from './time/waiting-keys.ts';
import type { WaitingGroup } from './time/waiting-group.ts';
import type { SavedWaiting } from './time/saved-waiting.ts';
import { WaitingMatches } from './time/waiting-matches.ts';
import type { RuleReport } from './rule-report.ts';
import type { Recent } from './time/recent.ts';

export interface RuleRun {
  readonly rule: DetectRule;
  /** The rule as JSON. Made when the rule changes, so that a checkpoint of thousands of rules does not wait for it. */
  readonly ruleJson: string;
  /** Rules with the same `sourcesKey` are final up to the same time. */
  readonly sourcesKey: string;
  /** Takes over a rule of the same meaning with other texts, severity or bounds. */
  adopt(rule: DetectRule): void;
  /** Records that the rule takes effect after events up to `lastTimeMs`, none of which it has seen. */
  beginAfter(lastTimeMs: number): void;
  /** Records events of its sources, matching or not, the earliest at `firstTimeMs`. */
  saw(firstTimeMs: number): void;
  /** Moves the arming back: the clock that armed the rule was wrong. */
  clockWentBack(toMs: number): void;
  /** Takes matches by their places in a batch; returns those that come too late, which are not counted. */
  accept(batch: Arrivals, taken: readonly number[]): readonly Waiting[];
  /** Evaluates everything up to and including `untilMs`: all events up to then have been read. */
  finalise(untilMs: number): void;
  /** As `finalise`, for a rule that has nothing due by then. */
  finalUpTo(untilMs: number): void;
  /** The rule is final up to this time; −Infinity before the first watermark. */
  readonly finalMs: number;
  /** The next time at which something is due; Infinity: never, until an event comes. */
  nextMs(): number;
  /** True while an early firing is open: visit this rule at every watermark, even when no timer is due. */
  readonly isRestless: boolean;
  /** True while the rule waits for the first event of any kind of its sources. */
  readonly isUnarmed: boolean;
  /** Ends every open episode, because the rule is replaced or removed. */
  end(atMs: number, reason: ResolveReason): void;
  current(): readonly Episode[];
  /** The final episodes that are firing. */
  firing(): readonly FiringEpisode[];
  /** Matches in the event-time buffer. */
  waiting(): number;
  report(): RuleReport;
  /** Begins to save the rule as it is now; the rule may go on meanwhile. All but the event-time buffer and the groups is written at once. */
  beginSave(writer: ByteWriter): SavedRun;
  /** Reads the state into a run that has seen nothing. */
  load(reader: ByteReader): void;
  loadWaiting(events: readonly Waiting[]): void;
  /** Reads a part of the groups; returns false after the last part. */
  loadGroups(part: Uint8Array): boolean;
}

/** The state of a rule as it was when its saving began. */
export interface SavedRun {
  readonly waiting: SavedWaiting;
  readonly groups: GroupPass;
  /** Ends the saving: nobody will ask for more parts. */
  end(): void;
}

export interface RuleRunContext {
  readonly samples: Samples;
  readonly shared: SharedWaiting;
  /** True: announce early firings. */
  readonly provisional: boolean;
  /** Keeps final matches for a while; absent if nobody asks for them. */
  readonly recent?: Recent;
  readonly emit: (transition: Transition) => void;
}

/** Creates a run of a rule that has seen nothing. */
export function createRuleRun(rule: DetectRule, context: RuleRunContext): RuleRun {
  return new LiveRun(rule, context);
}

class LiveRun implements RuleRun {
  readonly sourcesKey: string;
  readonly #began: DetectRule;
  #rule: DetectRule;
  #ruleJson: string;
  readonly #operator: Operator;
  readonly #shared: SharedWaiting;
  readonly #waiting: WaitingMatches;
  readonly #canFireEarly: boolean;
  readonly #groups = new LiveGroups();
  readonly #arming: Arming;
  readonly #machine: Machine;
  readonly #early: EarlyFirings<WaitingGroup>;
  readonly #instants: Instants;
  #finalMs = -Infinity;
  #incompleteUntilMs = -Infinity;
  #tooLate = 0;

  constructor(rule: DetectRule, context: RuleRunContext) {
    this.#began = rule;
    this.#rule = rule;
    this.#ruleJson = JSON.stringify(rule);
    this.sourcesKey = rule.from.join('\n');
    const operator = createOperator(rule);
    this.#operator = operator;
    this.#canFireEarly = context.provisional && operator.isEager && rule.forMs === 0;
    this.#shared = context.shared;
    this.#waiting = new WaitingMatches({
      shared: context.shared,
      weight: operator.weight === plainForm.weight ? undefined : (match) => operator.weight(match),
      onEmptied: (group) => {
        if (this.#canFireEarly) this.#early.emptied(group);
      },
    });
    const armedKeys = operator.arm === undefined ? [] : armedWith(rule);
    this.#arming = new Arming(armedKeys, armedKeys.length > 0 || operator.begin !== undefined);
    this.#machine = createMachine(operator, {
      rule: () => this.#rule,
      group: (slot) => this.#groups.values(slot),
      sample: (event) => context.samples.of(event),
      tell: (slot, outcome) => this.#early.takeFinal(this.#groups.key(slot), outcome),
    });
    this.#early = this.#createEarlyFirings(context);
    this.#instants = new Instants({
      operator,
      machine: this.#machine,
      groups: this.#groups,
      waiting: this.#waiting,
      arming: this.#arming,
      rule: () => this.#rule,
      onFinal: (match) => context.recent?.keep(this.#rule.name, match),
      onForgotten: (slot) => {
        if (this.#canFireEarly) this.#early.forgotten(() => this.#groups.key(slot));
      },
    });
  }

  #createEarlyFirings({ samples, emit }: RuleRunContext): EarlyFirings<WaitingGroup> {
    return new EarlyFirings<WaitingGroup>({
      rule: () => this.#rule,
      newOperator: () => createOperator(this.#rule),
      samples,
      emit,
      waiting: (key) => this.#waiting.find(key),
      final: {
        machine: this.#machine,
        operator: this.#operator,
        slot: (group) => this.#groups.slotOf(group),
        untilMs: () => this.#finalMs,
      },
    });
  }

  get rule(): DetectRule {
    return this.#rule;
  }

  get ruleJson(): string {
    return this.#ruleJson;
  }

  get finalMs(): number {
    return this.#finalMs;
  }

  get isRestless(): boolean {
    return !this.#early.isIdle;
  }

  get isUnarmed(): boolean {
    return this.#arming.isOpen;
  }

  adopt(rule: DetectRule): void {
    this.#rule = rule;
    this.#ruleJson = JSON.stringify(rule);
    this.#early.adopted();
  }

  beginAfter(lastTimeMs: number): void {
    this.#incompleteUntilMs = lastTimeMs + lookBackMs(this.#began.alert);
  }

  saw(firstTimeMs: number): void {
    this.#arming.saw(firstTimeMs, this.#finalMs);
  }

  clockWentBack(toMs: number): void {
    this.#arming.clockWentBack(toMs, this.#finalMs);
  }

  accept(batch: Arrivals, taken: readonly number[]): readonly Waiting[] {
    const finalMs = this.#finalMs;
    const { groups, values } = batch.matches;
    const late: Waiting[] = [];
    let group: WaitingGroup | undefined;
    let groupNumber = -1;
    for (const match of taken) {
      if (batch.timeMs(match) <= finalMs) {
        late.push(batch.waiting(match, this.#rule));
        continue;
      }
      if (group === undefined || groups[match] !== groupNumber) {
        groupNumber = groups[match]!;
        group = this.#waiting.groupOf(batch.waitingKey(match));
      }
      const satisfied = underStateNames(this.#rule, batch.matches.conditions(match));
      this.#waiting.add(batch.waitingEvent(match), group, satisfied, values[match]);
      if (this.#canFireEarly) this.#early.arrived(group);
    }
    this.#waiting.endBatch();
    this.#tooLate += late.length;
    return late;
  }

  finalise(untilMs: number): void {
    this.#early.beforeWatermark();
    this.#instants.finalise(untilMs);
    this.finalUpTo(untilMs);
    this.#early.step();
  }

  finalUpTo(untilMs: number): void {
    this.#finalMs = Math.max(this.#finalMs, untilMs);
  }

  nextMs(): number {
    return this.#instants.nextMs();
  }

  end(atMs: number, reason: ResolveReason): void {
    const endMs = Number.isFinite(this.#finalMs) ? this.#finalMs : atMs;
    for (const slot of this.#groups.slots()) this.#machine.end(slot, endMs, reason);
    this.#early.end(endMs, reason);
    this.#waiting.clear();
  }

  current(): readonly Episode[] {
    return [...this.#groups.slots()]
      .map((slot) => this.#machine.current(slot))
      .filter((episode) => episode !== undefined);
  }

  firing(): readonly FiringEpisode[] {
    return this.#machine.firing();
  }

  waiting(): number {
    return this.#waiting.size;
  }

  report(): RuleReport {
    const finalMs = this.#finalMs;
    return {
      rule: this.#rule.name,
      meaning: this.#rule.meaning,
      groups: this.#groups.size,
      waiting: this.#waiting.size,
      ...(Number.isFinite(finalMs) && { finalMs }),
      droppedGroups: this.#instants.droppedGroups,
      tooLate: this.#tooLate,
      cut: this.#operator.cut(),
      stateBytes: this.#groups.bytes + this.#operator.bytes(),
      ...this.#warming(),
      ...this.#beginning(),
    };
  }

  /** Says how much of the past the rule lacks. */
  #warming(): Pick<RuleReport, 'warmingUp' | 'warmingUntilMs'> {
    const warmingUntilMs = this.#operator.warmingUntilMs?.() ?? -Infinity;
    if (this.#finalMs < warmingUntilMs) return { warmingUp: this.#groups.size, warmingUntilMs };
    return { warmingUp: this.#operator.warmingUp() };
  }

  /** Says until when the rule is incomplete, because it began in the midst of events or is still learning. */
  #beginning(): Pick<RuleReport, 'incompleteUntilMs'> {
    const untilMs = Math.max(this.#incompleteUntilMs, this.#operator.learnsUntilMs?.() ?? -Infinity);
    return this.#finalMs < untilMs ? { incompleteUntilMs: untilMs } : {};
  }

  beginSave(writer: ByteWriter): SavedRun {
    writer.f64(this.#finalMs);
    this.#arming.save(writer);
    writer.f64(this.#incompleteUntilMs);
    this.#operator.saveRule?.(writer);
    this.#groups.save(writer);
    this.#early.save(writer);
    const groups = this.#groups.beginPass((slot, to) => this.#machine.save(slot, to));
    const waiting = this.#waiting.saved();
    const end = (): void => {
      waiting.end();
      this.#groups.endPass(groups);
    };
    return { waiting, groups, end };
  }

  load(reader: ByteReader): void {
    this.#finalMs = reader.f64();
    this.#arming.load(reader);
    this.#incompleteUntilMs = reader.f64();
    this.#operator.loadRule?.(reader);
    this.#groups.load(reader);
    this.#early.load(reader);
  }

  loadWaiting(events: readonly Waiting[]): void {
    for (const { key, timeMs, position, conditions, values } of events) {
      const { events: waitingEvents, keys } = this.#shared;
      const event = waitingEvents.add(timeMs, position);
      this.#waiting.add(event, this.#waiting.groupOf(keys.of(key)), conditions, values);
    }
    this.#waiting.endBatch();
  }

  loadGroups(part: Uint8Array): boolean {
    return this.#groups.loadPart(part, (slot, reader) => {
      this.#machine.load(slot, reader);
      this.#groups.arm(slot, this.#machine.dueMs(slot));
    });
  }
}
