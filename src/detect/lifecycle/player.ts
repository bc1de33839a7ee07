/**
 * Plays copies of groups forward, from their final state over the matches in the event-time buffer. It finds the firings that these lead
 * to, as far as events cause them and not deadlines. It never changes the final state.
 *
 * A copy is kept, and goes on when further matches come. So no window is copied and played again at each batch. A copy is made anew from
 * the final state only if matches came in another order than they were played, or if the final state is ahead of the copy. A copy that is
 * not needed is kept for a while, if making it anew would cost more than letting it go on.
 */
import type { Episode } from '../../event/alert.ts';
import { byteReader, byteWriter } from '../columns/bytes.ts';
import { groupValues } from '../input/group-key.ts';
import type { DetectRule } from '../input/input.ts';
import type { TakenMatch } from '../input/event-ref.ts';
import type { Operator } from '../operator.ts';
import { createMachine, type Machine } from './machine.ts';
import type { Samples } from './samples.ts';

/** The matches of one group in the event-time buffer, in order and numbered: those from `from` to before `to` wait. */
export interface GroupWaiting {
  readonly key: string;
  /** True once a match came, until early firings were looked for. */
  isTouched: boolean;
  readonly from: number;
  readonly to: number;
  /** The sum of their weights (`Operator.weight`). */
  readonly weight: number;
  /** Returns a match, which is valid until another one is looked at. */
  at(number: number): TakenMatch;
  timeMs(number: number): number;
  /** Returns true if a match came before another one since the last call. Then the numbers of the matches have changed. */
  takeReordered(): boolean;
}

/** The final state of the rule, as far as a copy of one of its groups needs it. */
interface FinalGroups<Group> {
  readonly machine: Machine;
  readonly operator: Operator;
  /** Returns the slot of the group; −1 if it is not live. */
  slot(group: Group): number;
  untilMs(): number;
}

export interface PlayerContext<Group extends GroupWaiting> {
  readonly rule: () => DetectRule;
  /** Creates an operator of the rule's form that has seen nothing. */
  newOperator(): Operator;
  readonly samples: Samples;
  readonly final: FinalGroups<Group>;
}

/** A copy of a group that was played forward. */
interface Ahead {
  readonly slot: number;
  /** Size of the state when it was copied. */
  readonly bytes: number;
  /** Matches that it has played since it was needed last. */
  idleMatches: number;
  /** The number of the next match to play. */
  next: number;
  /** The last instant changed the life of the copy: no further match of this time may be played. */
  sealedMs: number;
  /** The firings found in instants that are not final. */
  found: Episode[];
}

/** Bytes that are copied in about the time in which a match is played. */
const BYTES_A_MATCH = 16;
/** Smaller states are copied anew rather than kept without a match that waits: there may be millions of them. */
const KEPT_BYTES_MIN = 1_024;

export class Player<Group extends GroupWaiting> {
  readonly #context: PlayerContext<Group>;
  readonly #operator: Operator;
  readonly #machine: Machine;
  readonly #writer = byteWriter();
  readonly #aheads = new Map<string, Ahead>();
  readonly #freeSlots: number[] = [];
  #key = '';
  #found: Episode[] = [];
  #isDeadline = false;

  constructor(context: PlayerContext<Group>) {
    this.#context = context;
    this.#operator = context.newOperator();
    this.#machine = createMachine(this.#operator, {
      rule: () => context.rule(),
      group: () => groupValues(this.#key),
      sample: (event) => context.samples.of(event),
      tell: (_slot, { kind, episode }) => {
        if (kind === 'fired' && !this.#isDeadline) this.#found.push(episode);
      },
    });
  }

  /** True if no copy is kept. */
  get isEmpty(): boolean {
    return this.#aheads.size === 0;
  }

  /** Returns the firings to come. Call this after each watermark. */
  play(group: Group): readonly Episode[] {
    const { final, samples } = this.#context;
    const { key } = group;
    if (group.from === group.to) return [];
    const slot = final.slot(group);
    if (!final.operator.mayHold(slot, group.weight)) {
      this.#notNeeded(key);
      return [];
    }
    const lastMs = group.timeMs(group.to - 1);
    if (slot >= 0 && final.machine.busyUntilMs(slot, final.untilMs()) > lastMs) {
      this.forget(key);
      return [];
    }
    const ahead = this.#goingOn(group) ?? this.#begin(group, slot);
    ahead.idleMatches = 0;
    this.#playInstants(ahead, group);
    // An armed group differs from its copy, because only the final group was armed.
    if (this.#operator.arm !== undefined) this.forget(key);
    // Texts may have been overwritten since the firing was found.
    return ahead.found.map((episode) => ({
      ...episode,
      samples: episode.samples.map((sample) => samples.of(sample)),
    }));
  }

  /**
   * Lets the copy of the group go on, if there is one. Forgets it if a new copy costs less. Call this before the matches become final.
   */
  goOn(group: GroupWaiting): void {
    const ahead = this.isEmpty ? undefined : this.#goingOn(group);
    if (ahead === undefined) return;
    const toPlay = group.to - ahead.next;
    const playedAnew = ahead.next - group.from + ahead.bytes / BYTES_A_MATCH;
    if (toPlay > playedAnew) {
      this.forget(group.key);
      return;
    }
    ahead.idleMatches += toPlay;
    this.#playInstants(ahead, group);
  }

  /** Records that no match of the group waits any more. */
  emptied(group: GroupWaiting): void {
    const ahead = this.#aheads.get(group.key);
    if (ahead === undefined) return;
    if (ahead.next === group.to && ahead.bytes >= KEPT_BYTES_MIN) ahead.next = 0;
    else this.forget(group.key);
  }

  /** Forgets the copy of the group, if there is one. */
  forget(key: string): void {
    const ahead = this.#aheads.get(key);
    if (ahead === undefined) return;
    this.#aheads.delete(key);
    this.#machine.clear(ahead.slot);
    this.#freeSlots.push(ahead.slot);
  }

  forgetAll(): void {
    for (const key of [...this.#aheads.keys()]) this.forget(key);
  }

  #notNeeded(key: string): void {
    if (this.isEmpty) return;
    const ahead = this.#aheads.get(key);
    if (ahead !== undefined && ahead.idleMatches * BYTES_A_MATCH >= ahead.bytes) this.forget(key);
  }

  /** Returns the copy of the group, if it can go on; forgets it otherwise. */
  #goingOn(group: GroupWaiting): Ahead | undefined {
    const ahead = this.#aheads.get(group.key);
    if (ahead === undefined) return undefined;
    const { next, sealedMs } = ahead;
    const isTorn = next < group.to && group.timeMs(Math.max(next, group.from)) === sealedMs;
    if (!group.takeReordered() && next >= group.from && !isTorn) return ahead;
    this.forget(group.key);
    return undefined;
  }

  /** Copies the final state of the group. */
  #begin(group: GroupWaiting, finalSlot: number): Ahead {
    group.takeReordered();
    const slot = this.#freeSlots.pop() ?? this.#aheads.size;
    let bytes = 0;
    if (finalSlot >= 0) {
      this.#context.final.machine.save(finalSlot, this.#writer);
      const saved = this.#writer.finish();
      this.#machine.load(slot, byteReader(saved));
      bytes = saved.length;
    }
    const ahead = { slot, bytes, idleMatches: 0, next: group.from, sealedMs: NaN, found: [] };
    this.#aheads.set(group.key, ahead);
    return ahead;
  }

  #playInstants(ahead: Ahead, group: GroupWaiting): void {
    const machine = this.#machine;
    const { slot } = ahead;
    const finalMs = this.#context.final.untilMs();
    const lastMs = group.timeMs(group.to - 1);
    this.#key = group.key;
    ahead.found = this.#found = ahead.found.filter(({ firedAtMs }) => firedAtMs! > finalMs);
    while (ahead.next < group.to) {
      const atMs = group.timeMs(ahead.next);
      this.#isDeadline = true;
      for (let dueMs = machine.dueMs(slot); dueMs < atMs; dueMs = machine.dueMs(slot))
        machine.instant(slot, dueMs);
      this.#isDeadline = false;
      while (ahead.next < group.to && group.timeMs(ahead.next) === atMs)
        machine.take(slot, group.at(ahead.next++));
      if (machine.instant(slot, atMs)) ahead.sealedMs = atMs;
      if (machine.busyUntilMs(slot, atMs) > lastMs) return;
    }
  }
}
