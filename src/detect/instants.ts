/**
 * Evaluates a rule instant by instant. First come the events of the instant in order, then the deadlines of the instant. Then every group
 * that one of them touched is judged.
 */
import { RULE_EVENTS_MAX } from '../rule/bounds.ts';
import type { Arming } from './arming.ts';
import type { DetectRule } from './input/input.ts';
import type { Waiting } from './input/waiting.ts';
import type { Machine } from './lifecycle/machine.ts';
import type { LiveGroups } from './live-groups.ts';
import type { Operator } from './operator.ts';
import { TouchedSlots } from './touched-slots.ts';
import type { WaitingGroup } from './time/waiting-group.ts';
import type { WaitingMatches } from './time/waiting-matches.ts';

export interface InstantsParts {
  /** The rule in its present version: its bounds may change. */
  readonly rule: () => DetectRule;
  readonly operator: Operator;
  readonly machine: Machine;
  readonly groups: LiveGroups;
  readonly waiting: WaitingMatches;
  readonly arming: Arming;
  /** Called with each match when it becomes final. It is valid during the call. */
  readonly onFinal: (match: Waiting) => void;
  /** Called with the slot of each group that is about to be forgotten. */
  readonly onForgotten: (slot: number) => void;
}

export class Instants {
  readonly #rule: () => DetectRule;
  readonly #operator: Operator;
  readonly #machine: Machine;
  readonly #groups: LiveGroups;
  readonly #waiting: WaitingMatches;
  readonly #arming: Arming;
  readonly #onFinal: (match: Waiting) => void;
  readonly #onForgotten: (slot: number) => void;
  /** Slots of the groups that the present instant has touched. */
  readonly #touched = new TouchedSlots();
  readonly #judgeSlot = (slot: number): void => this.#judge(slot);
  /** The present instant. */
  #atMs = -Infinity;
  /** Counts the calls of `finalise`. */
  #call = 0;
  #droppedGroups = 0;

  constructor({ rule, operator, machine, groups, waiting, arming, onFinal, onForgotten }: InstantsParts) {
    this.#rule = rule;
    this.#operator = operator;
    this.#machine = machine;
    this.#groups = groups;
    this.#waiting = waiting;
    this.#arming = arming;
    this.#onFinal = onFinal;
    this.#onForgotten = onForgotten;
  }

  /** Number of groups that were dropped because there were too many groups or events. */
  get droppedGroups(): number {
    return this.#droppedGroups;
  }

  /** The next instant at which there is something to do; Infinity: none until an event comes. */
  nextMs(): number {
    return Math.min(this.#waiting.nextMs(), this.#groups.nextMs(), this.#arming.dueMs);
  }

  /** Evaluates every instant up to and including `untilMs`: all events up to then have been read. */
  finalise(untilMs: number): void {
    this.#call++;
    for (let atMs = this.nextMs(); atMs <= untilMs && atMs !== Infinity; atMs = this.nextMs())
      this.#finaliseOne(atMs);
  }

  #finaliseOne(atMs: number): void {
    this.#atMs = atMs;
    this.#touched.clear();
    if (this.#arming.dueMs === atMs) this.#arm(atMs);
    this.#takeEvents(atMs);
    this.#takeDeadlines(atMs);
    this.#touched.each(this.#judgeSlot);
  }

  #judge(slot: number): void {
    this.#machine.instant(slot, this.#atMs);
    if (this.#machine.isEmpty(slot)) this.#forget(slot);
    else this.#groups.arm(slot, this.#machine.dueMs(slot));
  }

  #arm(atMs: number): void {
    this.#operator.begin?.(atMs);
    for (const key of this.#arming.keys) {
      const known = this.#groups.find(key);
      const slot = known < 0 ? this.#groups.add(key) : known;
      this.#groups.beforeChange(slot);
      this.#operator.arm?.(slot, atMs);
      this.#touched.add(slot);
    }
    this.#arming.done();
  }

  #takeEvents(atMs: number): void {
    const waiting = this.#waiting;
    while (waiting.nextMs() === atMs) {
      const group = waiting.firstGroup();
      const isQuiet = this.#isQuiet(group);
      const match = waiting.first();
      this.#onFinal(match);
      waiting.shift();
      const slot = this.#liveSlot(group, atMs);
      const mustJudge = this.#machine.take(slot, match);
      if (mustJudge && !isQuiet) this.#touched.add(slot);
      while (this.#operator.keptEvents() > RULE_EVENTS_MAX && this.#groups.size > 1)
        this.#drop(this.#groups.oldest(), atMs);
    }
  }

  /**
   * Returns true if a live group need not be judged at its events, since none of those that wait can make it fire. Its timer is due before
   * the group is, so it is not armed either.
   */
  #isQuiet(group: WaitingGroup): boolean {
    if (!this.#operator.remembersEach) return false;
    const slot = this.#groups.slotOf(group);
    // A group that is not live, or no more, is judged at its first event, and armed by that.
    if (slot < 0) return false;
    if (group.judgedIn === this.#call) return group.isQuiet;
    group.judgedIn = this.#call;
    return (group.isQuiet = !this.#machine.mayChange(slot, group.weight));
  }

  #takeDeadlines(atMs: number): void {
    for (let slot = this.#groups.takeDue(atMs); slot >= 0; slot = this.#groups.takeDue(atMs)) {
      const dueMs = this.#machine.dueMs(slot);
      // The timer was armed for an earlier time than the group's present deadline: this is not an instant of this group.
      if (dueMs > atMs) this.#groups.arm(slot, dueMs);
      else {
        this.#groups.beforeChange(slot);
        this.#touched.add(slot);
      }
    }
  }

  /** Returns the slot of a group that has an event. Adds the group if it is not live. */
  #liveSlot(group: WaitingGroup, atMs: number): number {
    const known = this.#groups.slotOf(group);
    if (known >= 0) {
      this.#groups.touch(known);
      return known;
    }
    if (this.#groups.size >= this.#rule().maxGroups) this.#drop(this.#groups.oldest(), atMs);
    const slot = this.#groups.addGroup(group);
    if (this.#arming.keys.has(group.key)) this.#operator.arm?.(slot, atMs);
    return slot;
  }

  #drop(slot: number, atMs: number): void {
    this.#groups.beforeChange(slot);
    this.#machine.end(slot, atMs, 'dropped');
    this.#forget(slot);
    this.#droppedGroups++;
  }

  #forget(slot: number): void {
    this.#onForgotten(slot);
    this.#machine.clear(slot);
    this.#groups.remove(slot);
    this.#touched.delete(slot);
  }
}
