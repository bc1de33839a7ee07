/**
 * The lives of the groups of a rule, for any form (semantics: Episodes). The machine judges a group, lets its life take the step (state.ts,
 * event.ts), keeps the life, and passes the outcomes on. It never decides what a form means. Only event time drives it. A rule has one
 * machine for its final state; early firings use another one for copies of its groups.
 */
import type { Episode, ResolveReason } from '../../event/alert.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import type { TakenMatch } from '../input/event-ref.ts';
import type { DetectRule } from '../input/input.ts';
import type { Operator } from '../operator.ts';
import { episodeOf, type LifeOutcome, type Showing, type LifeStep, type Subject } from './episode.ts';
import { complete, eventInstant } from './event.ts';
import { isSpentLife, loadLife, saveLife, type Life } from './life.ts';
import { endState, lifeBusyUntilMs, lifeDueMs, stateInstant } from './state.ts';

export interface MachineContext extends Showing {
  /** Returns the rule in its present version. It may change in all that does not belong to its meaning. */
  rule(): DetectRule;
  tell(slot: number, outcome: LifeOutcome): void;
}

export interface FiringEpisode {
  readonly episode: Episode;
  /**
   * The time of the newest event that keeps it firing; for a form that holds at single instants, the last of these. −Infinity for a form
   * that holds while no event comes.
   */
  readonly newestMs: number;
}

export interface Machine {
  /**
   * Takes the next event of the group. A state is judged later, by `instant`, once all events of that time were taken. Returns false if
   * `instant` would change nothing because of this event: the group goes on firing, and its count is up to date.
   */
  take(slot: number, event: TakenMatch): boolean;
  /**
   * Judges the group after all events up to `atMs` were taken, then ends what is due. Returns true if this changed the life of the group. If
   * it returns false, further events of this instant may follow, and the instant may be judged again.
   */
  instant(slot: number, atMs: number): boolean;
  /** Returns false if it is certain that more events, whose weights (`Operator.weight`) sum up to `further`, change no life of the group. */
  mayChange(slot: number, further: number): boolean;
  dueMs(slot: number): number;
  /** The earliest time at which the group can fire again, judging by its final state up to `finalMs`; −Infinity: at any time. */
  busyUntilMs(slot: number, finalMs: number): number;
  /** True if nothing is remembered of the group. */
  isEmpty(slot: number): boolean;
  clear(slot: number): void;
  /** Ends the open episode, whatever the form says. */
  end(slot: number, atMs: number, reason: ResolveReason): void;
  /** The pending or firing episode. */
  current(slot: number): Episode | undefined;
  /** The episodes that are firing. */
  firing(): readonly FiringEpisode[];
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader): void;
}

export function createMachine(operator: Operator, context: MachineContext): Machine {
  const lives = new Map<number, Life>();

  function subjectOf(slot: number): Subject {
    return { slot, rule: context.rule(), form: operator, shown: context };
  }

  /** Returns true if there was a step. */
  function goOn(slot: number, step: LifeStep | undefined): boolean {
    if (step === undefined) return false;
    lives.set(slot, step.life);
    for (const outcome of step.outcomes) context.tell(slot, outcome);
    if (step.spends) operator.spend(slot);
    return true;
  }

  function clear(slot: number): void {
    operator.clear(slot);
    lives.delete(slot);
  }

  function end(slot: number, atMs: number, reason: ResolveReason): void {
    goOn(slot, endState(lives.get(slot), atMs, reason, subjectOf(slot)));
  }

  return {
    take(slot, event) {
      operator.apply(slot, event);
      if (!context.rule().resolveNever || operator.completesAt !== 'events')
        return !goesOnFiring(slot, lives, operator);
      const judgement = operator.judge(slot, event.timeMs);
      if (judgement.holds) goOn(slot, complete(lives.get(slot), judgement, event.timeMs, subjectOf(slot), 1));
      return true;
    },
    instant(slot, atMs) {
      const judgement = operator.judge(slot, atMs);
      const life = lives.get(slot);
      if (atMs >= operator.retireMs(slot)) {
        end(slot, atMs, 'retired');
        clear(slot);
        return true;
      }
      if (life === undefined && !judgement.holds) return false;
      const next = context.rule().resolveNever ? eventInstant : stateInstant;
      return goOn(slot, next(life, judgement, atMs, subjectOf(slot)));
    },
    mayChange: (slot, further) => lives.has(slot) || operator.mayHold(slot, further),
    dueMs(slot) {
      const formDueMs = Math.min(operator.nextMs(slot), operator.retireMs(slot));
      const life = lives.get(slot);
      return life === undefined ? formDueMs : Math.min(formDueMs, lifeDueMs(life, context.rule(), operator));
    },
    busyUntilMs: (slot, finalMs) => lifeBusyUntilMs(lives.get(slot), finalMs, context.rule(), operator),
    isEmpty: (slot) => operator.isEmpty(slot) && isSpentLife(lives.get(slot)),
    clear,
    end,
    current(slot) {
      const life = lives.get(slot);
      if (life?.phase !== 'pending' && life?.phase !== 'firing') return undefined;
      return episodeOf(life, life.phase, subjectOf(slot));
    },
    firing: () => [...lives].flatMap(([slot, life]) => firingIn(life, operator, subjectOf(slot))),
    save(slot, writer) {
      const life = lives.get(slot);
      writer.whole(life === undefined ? 0 : 1);
      if (life !== undefined) saveLife(life, writer);
      operator.save(slot, writer);
    },
    load(slot, reader) {
      if (reader.whole() === 1) lives.set(slot, loadLife(reader));
      operator.load(slot, reader);
    },
  };
}

function firingIn(life: Life, { newestMs }: Operator, subject: Subject): readonly FiringEpisode[] {
  if (life.phase !== 'firing') return [];
  const quietAtMs = life.quietAtMs ?? -Infinity;
  return [{ episode: episodeOf(life, 'firing', subject), newestMs: newestMs?.(subject.slot) ?? quietAtMs }];
}

/** Returns true if the group fires and goes on with that. Its life then has the count of this event. */
function goesOnFiring(slot: number, lives: ReadonlyMap<number, Life>, { heldSize }: Operator): boolean {
  const life = heldSize === undefined ? undefined : lives.get(slot);
  if (life?.phase !== 'firing' || life.quietAtMs !== undefined) return false;
  const size = heldSize!(slot);
  if (size < 0) return false;
  life.count = Math.max(life.count, size);
  return true;
}
