/**
 * A rule instant by instant: the events of the instant in order, then its deadlines; then each group that either has touched is judged.
 */
import { mostRuleEvents } from '../rule/bounds.ts';
import type { Arming } from './arming.ts';
import type { DetectRule } from './input/input.ts';
import type { Waiting } from './input/waiting.ts';
import type { Machine } from './lifecycle/machine.ts';
import type { LiveGroups } from './live-groups.ts';
import type { Operator } from './operator.ts';
import type { Backlog } from './time/event-time-buffer.ts';

export interface InstantsParts {
  /** As it stands: its bounds may change. */
  readonly rule: () => DetectRule;
  readonly operator: Operator;
  readonly machine: Machine;
  readonly groups: LiveGroups;
  readonly backlog: Backlog;
  readonly arming: Arming;
  /** Told of each event as it is settled. */
  readonly settled: (event: Waiting) => void;
}

export class Instants {
  readonly #parts: InstantsParts;
  /** Groups that the instant has touched. */
  readonly #touched = new Set<number>();
  #droppedGroups = 0;

  constructor(parts: InstantsParts) {
    this.#parts = parts;
  }

  /** Groups dropped for want of room. */
  get droppedGroups(): number {
    return this.#droppedGroups;
  }

  /** The next instant at which there is anything to do; Infinity: none, unless an event comes. */
  nextMs(): number {
    const { backlog, groups, arming } = this.#parts;
    return Math.min(backlog.nextMs(), groups.nextMs(), arming.dueMs);
  }

  /** Settles an instant of `nextMs`: everything of it is in. */
  settle(atMs: number): void {
    this.#touched.clear();
    if (this.#parts.arming.dueMs === atMs) this.#arm(atMs);
    this.#takeEvents(atMs);
    this.#takeDeadlines(atMs);
    const { machine, groups } = this.#parts;
    for (const slot of this.#touched) {
      machine.instant(slot, atMs);
      if (machine.isEmpty(slot)) this.#forget(slot);
      else groups.arm(slot, machine.dueMs(slot));
    }
  }

  #arm(atMs: number): void {
    const { operator, groups, arming } = this.#parts;
    operator.begin?.(atMs);
    for (const key of arming.keys) {
      const known = groups.find(key);
      const slot = known < 0 ? groups.add(key) : known;
      groups.beforeChange(slot);
      operator.arm?.(slot, atMs);
      this.#touched.add(slot);
    }
    arming.done();
  }

  #takeEvents(atMs: number): void {
    const { operator, machine, groups, backlog, settled } = this.#parts;
    while (backlog.nextMs() === atMs) {
      const event = backlog.shift();
      settled(event);
      const slot = this.#slotOf(event);
      machine.take(slot, event);
      this.#touched.add(slot);
      while (operator.keptEvents() > mostRuleEvents && groups.size > 1) this.#drop(groups.oldest(), atMs);
    }
  }

  #takeDeadlines(atMs: number): void {
    const { machine, groups } = this.#parts;
    for (let slot = groups.takeDue(atMs); slot >= 0; slot = groups.takeDue(atMs)) {
      const dueMs = machine.dueMs(slot);
      // Armed for an earlier time than it is due at by now: not an instant of this group.
      if (dueMs > atMs) groups.arm(slot, dueMs);
      else {
        groups.beforeChange(slot);
        this.#touched.add(slot);
      }
    }
  }

  /** The slot of the event's group, which begins to live where it did not. */
  #slotOf(event: Waiting): number {
    const { rule, operator, groups, arming } = this.#parts;
    const known = groups.find(event.key);
    if (known >= 0) {
      groups.touch(known);
      return known;
    }
    if (groups.size >= rule().maxGroups) this.#drop(groups.oldest(), event.timeMs);
    const slot = groups.add(event.key);
    if (arming.keys.has(event.key)) operator.arm?.(slot, event.timeMs);
    return slot;
  }

  #drop(slot: number, atMs: number): void {
    const { machine, groups } = this.#parts;
    groups.beforeChange(slot);
    machine.end(slot, atMs, 'dropped');
    this.#forget(slot);
    this.#droppedGroups++;
  }

  #forget(slot: number): void {
    this.#parts.machine.clear(slot);
    this.#parts.groups.remove(slot);
    this.#touched.delete(slot);
  }
}
