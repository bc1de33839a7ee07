/**
 * The part that the forms of named steps share (`then`, `all of`): the completions at an instant, the events that made them, and whether
 * the event of `until` came after them.
 */
import type { SpecOf } from '../../rule/ast.ts';
import type { EventRef, TakenMatch } from '../input/event-ref.ts';
import { notHeld, onlyHealed, plainForm, type Evidence, type Judgement, type Operator } from '../operator.ts';
import { createInstantMarks } from './instant-marks.ts';

/** The completions of a group at one instant. */
export interface Completions {
  readonly count: number;
  /** True if the event of `until` came after the last completion: only such an event heals it. */
  readonly isHealed: boolean;
  readonly evidence: Evidence;
}

/** The events that made a completion. */
interface Completion {
  readonly first: EventRef;
  /** The step before the last, if there are more than two steps. */
  readonly between?: EventRef | undefined;
  readonly last: EventRef;
}

/** The way of each group through the steps: the part that differs between the forms. */
export interface Steps {
  /** Takes the event as any of the steps; returns the completion if it makes one. */
  advance(slot: number, event: TakenMatch): Completion | undefined;
  /** Takes the event as a first step, after everything that it has ended. */
  begin?(slot: number, event: TakenMatch): void;
  /** Forgets ways that are too old to complete. */
  forgetOld(slot: number, atMs: number): void;
  forget(slot: number): void;
  /** Returns the count of an episode for `count` completions. */
  size(count: number): number;
}

const none: Completions = Object.freeze({
  count: 0,
  isHealed: false,
  evidence: Object.freeze({ first: undefined, latest: [] }),
});

/** `isEventAlert`: the form is judged event by event, not instant by instant. */
export function stepsForm(spec: SpecOf<'then' | 'all_of'>, isEventAlert: boolean, steps: Steps) {
  const until = spec.until?.name;
  const marks = createInstantMarks<Completions>();
  return {
    ...plainForm,
    isEager: true,
    isMomentary: true,
    apply(slot, event) {
      if (isEventAlert) marks.clear(slot);
      const isUntil = until !== undefined && event.conditions.includes(until);
      const completion = steps.advance(slot, event);
      if (completion !== undefined)
        marks.set(slot, event.timeMs, completed(marks.at(slot, event.timeMs), completion));
      else if (isUntil)
        marks.set(slot, event.timeMs, { ...(marks.at(slot, event.timeMs) ?? none), isHealed: true });
      if (isUntil) steps.forget(slot);
      steps.begin?.(slot, event);
    },
    judge(slot, atMs) {
      const mark = marks.at(slot, atMs);
      steps.forgetOld(slot, atMs);
      return mark === undefined ? notHeld : judgementOf(mark, steps.size(mark.count));
    },
    spend: (slot) => steps.forget(slot),
    clear(slot) {
      steps.forget(slot);
      marks.clear(slot);
    },
  } satisfies Partial<Operator>;
}

function completed(before: Completions | undefined, { first, between, last }: Completion): Completions {
  const { count, evidence } = before ?? none;
  return {
    count: count + 1,
    isHealed: false,
    evidence: {
      first: evidence.first ?? first,
      latest: [between, last].filter((event) => event !== undefined),
    },
  };
}

function judgementOf({ count, isHealed, evidence }: Completions, size: number): Judgement {
  if (count === 0) return isHealed ? onlyHealed : notHeld;
  return { holds: true, completions: 0, healed: isHealed, size, evidence: () => evidence };
}
