/** The runs of the rules of the same sources: up to what time they are settled, and which of them have anything to do next. */
import type { RuleRun } from './rule-run.ts';
import { Timers } from './time/timers.ts';

/** A run as the scheduler knows it. */
export interface Member {
  readonly run: Pick<
    RuleRun,
    'rule' | 'finalMs' | 'finalUpTo' | 'finalise' | 'waiting' | 'nextMs' | 'isRestless'
  >;
  /** In the order in which runs were added. */
  readonly number: number;
  readonly group: SourceGroup;
  /** The group's time does not hold for it yet. */
  isFresh: boolean;
  /** Matches that waited to be settled when it was last armed. */
  waiting: number;
}

export class SourceGroup {
  readonly from: readonly string[];
  readonly #members = new Map<number, Member>();
  /** When each member is next to be visited, by its number. */
  readonly #timers = new Timers();
  /** To be visited next time in any case. */
  readonly #disturbed = new Set<Member>();
  #finalMs = -Infinity;

  /** `from`: the sources; none: all. */
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

  /** It is visited next time, whatever it waits for. */
  disturb(member: Member): void {
    this.#disturbed.add(member);
  }

  /** It is visited when something of it falls due, or next time where it may not wait for that. */
  arm(member: Member): void {
    this.#timers.arm(member.number, member.run.nextMs());
    if (member.run.isRestless) this.disturb(member);
  }

  /** Takes those that are to be visited where everything up to this time is in. */
  due(untilMs: number): Member[] {
    const found = new Set(this.#disturbed);
    this.#disturbed.clear();
    for (let n = this.#timers.take(untilMs); n >= 0; n = this.#timers.take(untilMs))
      found.add(this.#members.get(n)!);
    return [...found];
  }

  /** When something of a member is next due; Infinity: never, unless an event comes. */
  nextMs(): number {
    return this.#timers.next();
  }
}
