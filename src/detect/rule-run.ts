/**
 * One rule at work: matches wait until they are settled, then are applied in the order of events, instant by instant, each
 * instant's events before its deadlines. What may fire earlier is told by lifecycle/early-firings.ts; what is here alone decides.
 */
import type { Episode, ResolveReason, Transition } from '../event/alert.ts';
import { mostRuleEvents } from '../rule/bounds.ts';
import { createBacklog } from './time/event-time-buffer.ts';
import type { Waiting } from './input/waiting.ts';
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import { createGroupPass, emptyGroupPass, loadGroups, type GroupPass } from './columns/group-pass.ts';
import { createGroups } from './columns/groups.ts';
import { groupValues } from './input/group-key.ts';
import type { DetectRule } from './input/input.ts';
import type { LateReport } from './late-report.ts';
import { armedWith, longestLookMs } from './input/look-back.ts';
import { createMachine } from './lifecycle/machine.ts';
import { createOperator } from './forms/forms.ts';
import { createRunAhead } from './lifecycle/early-firings.ts';
import type { Recent } from './time/recent.ts';
import type { Samples } from './lifecycle/samples.ts';
import { Timers } from './time/timers.ts';

/** How a rule stands, for metrics and for people. */
export interface RuleReport {
  readonly rule: string;
  /** Hash of what it means: as long as that is the same, it keeps its windows. */
  readonly meaning: string;
  readonly groups: number;
  /** Matches that wait to be settled. */
  readonly waiting: number;
  /** Settled up to this time; absent before the first. */
  readonly settledMs?: number;
  /** Since the start or the last restart: groups dropped for want of room, matches older than what was settled. */
  readonly droppedGroups: number;
  readonly tooLate: number;
  /** Since the start or the last restart: events that left their window early, for want of room (rule/bounds.ts). */
  readonly cut: number;
  /** Memory that its groups take, about; what waits not counted. */
  readonly stateBytes: number;
  /** Groups that lack the past which a baseline asks for: all of them as long as the rule as a whole lacks it. */
  readonly warmingUp: number;
  /** No group can fire before: the rule's sources have not been heard long enough for its baseline. Absent where they have. */
  readonly warmingUntilMs?: number;
  /** The rule started anew in the midst of events, or is learning: until it has seen whole windows, it may miss what began before. */
  readonly incompleteUntilMs?: number;
  /** What matches that came too late would have changed; absent where that is nothing. */
  readonly late?: LateReport;
}

export interface RuleRun {
  readonly rule: DetectRule;
  /** The rule as JSON, made when it changes: a snapshot of thousands of rules does not wait for it. */
  readonly ruleJson: string;
  /** Rules with the same text are settled up to the same time. */
  readonly sourcesKey: string;
  /** The same meaning with other texts, severity or bounds. */
  adopt(rule: DetectRule): void;
  /** It takes effect after events up to this time, none of which it has seen. */
  beginAfter(lastTimeMs: number): void;
  /** Events of its sources, matching or not, the earliest at this time. */
  saw(firstTimeMs: number): void;
  /** The clock that it was armed by was wrong. */
  clockWentBack(toMs: number): void;
  /** Gives those that come too late, which it does not count. */
  accept(arrived: readonly Waiting[]): readonly Waiting[];
  /** Everything up to and including this time is in. */
  settle(untilMs: number): void;
  /** The same where nothing of it is due by then. */
  settledUpTo(untilMs: number): void;
  /** Settled up to this time; −Infinity before the first. */
  readonly settledMs: number;
  /** When something of it is next due; Infinity: never, unless an event comes. */
  nextMs(): number;
  /** It must be settled next time, even if nothing is due: what was told is not settled. */
  readonly isRestless: boolean;
  /** It waits for the first event of any kind of its sources. */
  readonly isUnarmed: boolean;
  /** Ends every open episode: the rule is replaced or removed. */
  end(atMs: number, reason: ResolveReason): void;
  current(): readonly Episode[];
  /** Matches that wait to be settled. */
  waiting(): number;
  report(): RuleReport;
  /** Begins to save it as it stands now; it may go on meanwhile. All but what waits and the groups is written at once. */
  beginSave(writer: ByteWriter): SavedRun;
  /** Into a run that has seen nothing. */
  load(reader: ByteReader): void;
  loadWaiting(events: readonly Waiting[]): void;
  /** False after the last part. */
  loadGroups(part: Uint8Array): boolean;
}

/** A rule's state as it stood when its saving began. */
export interface SavedRun {
  readonly waiting: readonly Waiting[];
  readonly groups: GroupPass;
  /** It will not be asked for more. */
  end(): void;
}

export interface RuleRunContext {
  readonly samples: Samples;
  /** Tell firings before they are settled. */
  readonly provisional: boolean;
  /** What is settled is kept here for a while; absent where nobody asks for it. */
  readonly recent?: Recent;
  emit(transition: Transition): void;
}

export function createRuleRun(initial: DetectRule, context: RuleRunContext): RuleRun {
  const operator = createOperator(initial);
  const isEager = context.provisional && operator.isEager && initial.forMs === 0;
  const backlog = createBacklog(isEager);
  const groups = createGroups();
  const timers = new Timers();
  const touched = new Set<number>();
  let rule = initial;
  let ruleJson = JSON.stringify(initial);
  let settledMs = -Infinity;
  const armedKeys = new Set(operator.arm === undefined ? [] : armedWith(initial));
  // Armed by the first event of any kind; −Infinity: that has been, or need not be.
  let armMs = armedKeys.size > 0 || operator.begin !== undefined ? Infinity : -Infinity;
  let incompleteUntilMs = -Infinity;
  let droppedGroups = 0;
  let tooLate = 0;
  let pass: GroupPass | undefined;

  const machine = createMachine(operator, {
    rule: () => rule,
    group: (slot) => groupValues(groups.key(slot)),
    sample: (event) => context.samples.of(event),
    tell: (slot, outcome) => ahead.settled(groups.key(slot), outcome),
  });
  const ahead = createRunAhead({
    isEager,
    rule: () => rule,
    newOperator: () => createOperator(rule),
    samples: context.samples,
    emit: (transition) => context.emit(transition),
    waiting: (key) => backlog.ofGroup(key),
    settled: { machine, operator, slot: (key) => groups.find(key), untilMs: () => settledMs },
  });

  function slotOf(event: Waiting): number {
    let slot = groups.find(event.key);
    if (slot < 0) {
      if (groups.size >= rule.maxGroups) drop(groups.oldest(), event.timeMs);
      slot = addGroup(event.key);
      if (armedKeys.has(event.key)) operator.arm?.(slot, event.timeMs);
    } else {
      pass?.beforeChange(slot);
      groups.touch(slot);
    }
    return slot;
  }

  function addGroup(key: string): number {
    const slot = groups.add(key);
    pass?.added(slot);
    return slot;
  }

  function drop(slot: number, atMs: number): void {
    pass?.beforeChange(slot);
    machine.end(slot, atMs, 'dropped');
    forget(slot);
    droppedGroups++;
  }

  function forget(slot: number): void {
    machine.clear(slot);
    groups.remove(slot);
    timers.disarm(slot);
    touched.delete(slot);
  }

  function arm(atMs: number): void {
    operator.begin?.(atMs);
    for (const key of armedKeys) {
      const known = groups.find(key);
      const slot = known < 0 ? addGroup(key) : known;
      pass?.beforeChange(slot);
      operator.arm?.(slot, atMs);
      touched.add(slot);
    }
    armMs = -Infinity;
  }

  function settleInstant(atMs: number): void {
    touched.clear();
    if (armMs === atMs) arm(atMs);
    while (backlog.nextMs() === atMs) {
      const event = backlog.shift();
      context.recent?.keep(rule.name, event);
      const slot = slotOf(event);
      machine.take(slot, event);
      touched.add(slot);
      while (operator.keptEvents() > mostRuleEvents && groups.size > 1) drop(groups.oldest(), atMs);
    }
    for (let slot = timers.take(atMs); slot >= 0; slot = timers.take(atMs)) {
      // Armed for an earlier time than it is due at by now: not an instant of this group.
      if (machine.dueMs(slot) > atMs) timers.arm(slot, machine.dueMs(slot));
      else {
        pass?.beforeChange(slot);
        touched.add(slot);
      }
    }
    for (const slot of touched) {
      machine.instant(slot, atMs);
      if (machine.isEmpty(slot)) forget(slot);
      else timers.arm(slot, machine.dueMs(slot));
    }
  }

  function saw(firstTimeMs: number): void {
    if (armMs !== -Infinity) armMs = Math.min(armMs, Math.max(firstTimeMs, settledMs + 1));
  }

  const nextMs = (): number =>
    Math.min(backlog.nextMs(), timers.next(), armMs === -Infinity ? Infinity : armMs);

  const settledUpTo = (untilMs: number): void => void (settledMs = Math.max(settledMs, untilMs));

  /** It began in the midst of events, or is still learning. */
  function beginning(): Pick<RuleReport, 'incompleteUntilMs'> {
    const untilMs = Math.max(incompleteUntilMs, operator.learnsUntilMs?.() ?? -Infinity);
    return settledMs < untilMs ? { incompleteUntilMs: untilMs } : {};
  }

  /** What it lacks of the past. */
  function warming(): Pick<RuleReport, 'warmingUp' | 'warmingUntilMs'> {
    const warmingUntilMs = operator.warmingUntilMs?.() ?? -Infinity;
    if (settledMs < warmingUntilMs) return { warmingUp: groups.size, warmingUntilMs };
    return { warmingUp: operator.warmingUp() };
  }

  return {
    get rule() {
      return rule;
    },
    get ruleJson() {
      return ruleJson;
    },
    sourcesKey: initial.from.join('\n'),
    adopt(next) {
      rule = next;
      ruleJson = JSON.stringify(next);
    },
    beginAfter: (lastTimeMs) => void (incompleteUntilMs = lastTimeMs + longestLookMs(initial)),
    saw,
    clockWentBack(toMs) {
      if (Number.isFinite(armMs)) saw(toMs);
    },
    accept(arrived) {
      const late = arrived.filter(({ timeMs }) => timeMs <= settledMs);
      const inTime = late.length === 0 ? arrived : arrived.filter(({ timeMs }) => timeMs > settledMs);
      tooLate += late.length;
      backlog.add(inTime);
      ahead.arrived(inTime);
      return late;
    },
    settle(untilMs) {
      for (let atMs = nextMs(); atMs <= untilMs && atMs !== Infinity; atMs = nextMs()) settleInstant(atMs);
      settledUpTo(untilMs);
      ahead.step();
    },
    settledUpTo,
    get settledMs() {
      return settledMs;
    },
    nextMs,
    get isRestless() {
      return !ahead.isIdle;
    },
    get isUnarmed() {
      return armMs !== -Infinity;
    },
    end(atMs, reason) {
      const endMs = Number.isFinite(settledMs) ? settledMs : atMs;
      for (const slot of groups.slots()) machine.end(slot, endMs, reason);
      ahead.end(endMs, reason);
    },
    current: () =>
      [...groups.slots()].map((slot) => machine.current(slot)).filter((episode) => episode !== undefined),
    waiting: () => backlog.size,
    report: () => ({
      rule: rule.name,
      meaning: rule.meaning,
      groups: groups.size,
      waiting: backlog.size,
      ...(Number.isFinite(settledMs) && { settledMs }),
      droppedGroups,
      tooLate,
      cut: operator.cut(),
      stateBytes: groups.bytes + timers.bytes + operator.bytes(),
      ...warming(),
      ...beginning(),
    }),
    beginSave(writer) {
      writer.f64(settledMs);
      writer.f64(armMs);
      writer.f64(incompleteUntilMs);
      operator.saveRule?.(writer);
      groups.save(writer);
      ahead.save(writer);
      const begun =
        groups.slotCount === 0
          ? emptyGroupPass()
          : createGroupPass(groups, (slot, to) => machine.save(slot, to));
      pass = begun;
      return {
        waiting: backlog.all(),
        groups: begun,
        end() {
          if (pass === begun) pass = undefined;
        },
      };
    },
    load(reader) {
      settledMs = reader.f64();
      armMs = reader.f64();
      incompleteUntilMs = reader.f64();
      operator.loadRule?.(reader);
      groups.load(reader);
      ahead.load(reader);
    },
    loadWaiting: (events) => backlog.add(events),
    loadGroups: (part) =>
      loadGroups(part, groups, (slot, reader) => {
        machine.load(slot, reader);
        timers.arm(slot, machine.dueMs(slot));
      }),
  };
}
