/** How an alert begins, fires and ends, for both kinds of life (state.ts, event.ts). Nothing here decides when. */
import type { Episode, Sample } from '../../event/alert.ts';
import { comparePositions, type Value } from '../../event/event.ts';
import { noPosition, type EventRef } from '../input/event-ref.ts';
import type { DetectRule } from '../input/input.ts';
import type { Judgement, Operator } from '../operator.ts';
import { alertIdOf, groupRecord } from './identity.ts';
import { firstName, repeatOf, type Life } from './life.ts';

/** The traits of a form that the lives of its alerts depend on. */
export type FormTraits = Pick<Operator, 'isMomentary' | 'completesAt' | 'quietReason' | 'expiresFromFiring'>;

/** Shows a group and its events as the messages of an alert need them. */
export interface Showing {
  group(slot: number): readonly Value[];
  sample(event: EventRef): Sample;
}

/** The group of a life, with its rule in the present version. The rule may change in all that does not belong to its meaning. */
export interface Subject {
  readonly slot: number;
  readonly rule: DetectRule;
  readonly form: FormTraits;
  readonly shown: Showing;
}

/** The result of one instant for a life. */
export interface LifeStep {
  readonly life: Life;
  /** The outcomes, in the order in which they happened. */
  readonly outcomes: readonly LifeOutcome[];
  /** True if the events that the form looked at are used up. */
  readonly spends: boolean;
}

export interface LifeOutcome {
  readonly kind: 'fired' | 'resolved';
  readonly episode: Episode;
}

const NO_OUTCOMES: readonly LifeOutcome[] = [];

/** Returns a step without an outcome: nobody learns of it. */
export function silently(life: Life): LifeStep {
  return { life, outcomes: NO_OUTCOMES, spends: false };
}

/** Opens an alert at this instant. Its identity comes from the events with which the form holds now. */
export function openingOf(
  life: Life,
  judgement: Judgement,
  atMs: number,
  { slot, rule, form, shown }: Subject,
  nth = 0,
): Pick<Life, 'count' | 'opened'> {
  const { first } = judgement.evidence(nth);
  const firstEvent =
    first === undefined
      ? { position: noPosition, timeMs: atMs }
      : { position: first.position, timeMs: first.timeMs };
  return {
    count: form.isMomentary ? Math.max(1, judgement.size) : judgement.size,
    opened: {
      alertId: alertIdOf(rule, shown.group(slot), firstEvent, repeatOf(life, firstEvent)),
      firstEvent,
      samples: first === undefined ? [] : [shown.sample(first)],
    },
  };
}

/** Lets the opened alert fire, with the samples that show why. */
export function firingOf(
  life: Life,
  judgement: Judgement,
  atMs: number,
  { shown }: Subject,
  nth = 0,
): Pick<Life, 'firedAtMs' | 'repeat' | 'lastFirst' | 'opened'> {
  const begun = life.opened!;
  const { firstEvent } = begun;
  const { latest, telling, measured } = judgement.evidence(nth);
  const later = latest.filter(({ position }) => comparePositions(position, firstEvent.position) !== 0);
  const samplesOf = (events: readonly EventRef[]): Sample[] => events.map((event) => shown.sample(event));
  return {
    firedAtMs: atMs,
    repeat: repeatOf(life, firstEvent),
    lastFirst: firstName(firstEvent),
    opened: {
      ...begun,
      samples:
        telling === undefined ? [...begun.samples.slice(0, 1), ...samplesOf(later)] : samplesOf(telling),
      ...(measured !== undefined && { measured }),
    },
  };
}

/** Ends the episode. The next one starts counting anew. */
export function closed(life: Life, atMs: number, { cooldownMs }: DetectRule): Life {
  const { lastFirst, repeat } = life;
  return {
    phase: cooldownMs > 0 ? 'cooldown' : 'idle',
    untilMs: atMs + cooldownMs,
    held: false,
    count: 0,
    suppressed: 0,
    lastFirst,
    repeat,
  };
}

/** Returns the opened alert as people see it. */
export function episodeOf(life: Life, state: Episode['state'], { rule, shown, slot }: Subject): Episode {
  return {
    ...life.opened!,
    rule: rule.name,
    meaning: rule.meaning,
    severity: rule.severity,
    group: groupRecord(rule, shown.group(slot)),
    state,
    ...(life.pendingAtMs !== undefined && { pendingAtMs: life.pendingAtMs }),
    ...(life.firedAtMs !== undefined && { firedAtMs: life.firedAtMs }),
    count: life.count,
    suppressed: life.suppressed,
  };
}
