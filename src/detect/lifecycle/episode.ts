/** How an alert begins, fires and is over, whichever way it lives (state.ts, event.ts). Nothing here decides when. */
import type { Episode, Sample } from '../../event/alert.ts';
import { comparePositions, type Value } from '../../event/event.ts';
import { noPosition, type EventRef } from '../input/event-ref.ts';
import type { DetectRule } from '../input/input.ts';
import type { Judgement, Operator } from '../operator.ts';
import { alertIdOf, groupRecord } from './identity.ts';
import { firstName, repeatOf, type Life } from './life.ts';

/** The traits of a form that its lives depend on. */
export type FormTraits = Pick<Operator, 'isMomentary' | 'completesAt' | 'quietReason' | 'expiresFromFiring'>;

/** The words of alerts: how a group and its events are shown. */
export interface Showing {
  group(slot: number): readonly Value[];
  sample(event: EventRef): Sample;
}

/** The group that a life belongs to, with its rule as it stands: what does not belong to the meaning of a rule may change. */
export interface Subject {
  readonly slot: number;
  readonly rule: DetectRule;
  readonly form: FormTraits;
  readonly shown: Showing;
}

/** What an instant has made of a life. */
export interface LifeStep {
  readonly life: Life;
  /** In the order in which it happened. */
  readonly outcomes: readonly LifeOutcome[];
  /** What the form looked at is used up. */
  readonly spends: boolean;
}

export interface LifeOutcome {
  readonly kind: 'fired' | 'resolved';
  readonly episode: Episode;
}

const NO_OUTCOMES: readonly LifeOutcome[] = [];

/** The life goes on, and nobody is told of it. */
export function silently(life: Life): LifeStep {
  return { life, outcomes: NO_OUTCOMES, spends: false };
}

/** The alert that begins here, named from what the form holds now. */
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

/** The opened alert fires, with the samples that show why. */
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

/** The episode is over; what comes next starts counting anew. */
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

/** The opened alert as people see it. */
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
