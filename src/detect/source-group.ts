/** The runs of the rules with the same sources. It knows up to what time they are final, and which of them have something to do next. */
import type { RuleRun } from './rule-run.ts';
import { Timers } from './time/timers.ts';

/** A run as the scheduler knows it. */
export interface Member {
  readonly run: Pick<
    RuleRun,
    'rule' | 'finalMs' | 'finalUpTo' | 'finalise' | 'waiting' | 'nextMs' | 'isRestless'
  >;
  /** Its place in the order in which runs were added. */
  readonly number: number;
  readonly group: SourceGroup;
  /** True while the `finalMs` of the group does not apply to this run. */
  isFresh: boolean;
  /** Matches in its event-time buffer when it was last armed. */
  waiting: number;
}

export class SourceGroup {
  readonly from: readonly string[];
  readonly #members = new Map<number, Member>();
  /** The time at which each member is next visited, by its `number`. */
  readonly #timers = new Timers();
  /** Members that are visited next time in any case. */
  readonly #disturbed = new Set<Member>();
  #finalMs = -Infinity;

  /** `from`: the sources; an empty list means all. */
  constructor(from: readonly string[]) {
    this.from = from;
  }

  get size(): number {
    return this.#members.size;
  }

  get finalMs(): number {
    return this.#finalMs;
  }

  finalUpTo(untilMs: number): void {
    this.#finalMs = Math.max(this.#finalMs, untilMs);
  }

  add(member: Member): void {
    this.#members.set(member.number, member);
  }

  remove(member: Member): void {
    this.#members.delete(member.number);
    this.#timers.disarm(member.number);
    this.#disturbed.delete(member);
  }

  /** Has the member visited next time, whatever it waits for. */
  disturb(member: Member): void {
    this.#disturbed.add(member);
  }

  /** Sets the timer of the member. A member that may not wait for its timer is visited next time. */
  arm(member: Member): void {
    this.#timers.arm(member.number, member.run.nextMs());
    if (member.run.isRestless) this.disturb(member);
  }

  /** Takes the members that are to be visited once everything up to `untilMs` has been read. */
  due(untilMs: number): Member[] {
    const found = new Set(this.#disturbed);
    this.#disturbed.clear();
    for (let n = this.#timers.take(untilMs); n >= 0; n = this.#timers.take(untilMs))
      found.add(this.#members.get(n)!);
    return [...found];
  }

  /** The next time at which a member has something due; Infinity: never, until an event comes. */
  nextMs(): number {
    return this.#timers.next();
  }
}
