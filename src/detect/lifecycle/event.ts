/** The life of an event alert (`resolve never`). Each completion of the form is an alert of its own, which is over as soon as it fires. */
import type { Judgement } from '../operator.ts';
import {
  closed,
  episodeOf,
  firingOf,
  openingOf,
  silently,
  type LifeOutcome,
  type LifeStep,
  type Subject,
} from './episode.ts';
import { newLife, type Life } from './life.ts';

/** Handles `times` completions of the form: one at an event, or several if several deadlines pass at once. */
export function complete(
  before: Life | undefined,
  judgement: Judgement,
  atMs: number,
  subject: Subject,
  times: number,
): LifeStep {
  const outcomes: LifeOutcome[] = [];
  let life = before ?? newLife;
  for (let nth = 0; nth < times; nth++) {
    if (life.phase === 'cooldown' && atMs < life.untilMs!) {
      life = { ...life, suppressed: life.suppressed + 1 };
      continue;
    }
    const begun = { ...life, ...openingOf(life, judgement, atMs, subject, nth) };
    // Several deadlines may pass at once; each is an alert of its own.
    if (subject.form.completesAt === 'deadlines') begun.count = 1;
    const over = { ...begun, ...firingOf(begun, judgement, atMs, subject, nth) };
    outcomes.push({ kind: 'fired', episode: episodeOf(over, 'resolved', subject) });
    life = closed(over, atMs, subject.rule);
  }
  return { life, outcomes, spends: outcomes.length > 0 };
}

/**
 * Handles an instant after all its events were taken. Deadlines complete the form here. Events have completed it already, as they came
 * (`complete`).
 */
export function eventInstant(
  before: Life | undefined,
  judgement: Judgement,
  atMs: number,
  subject: Subject,
): LifeStep | undefined {
  const isRested = before?.phase === 'cooldown' && atMs >= before.untilMs!;
  const life = isRested ? { ...before, phase: 'idle' as const } : before;
  if (subject.form.completesAt === 'deadlines' && judgement.completions > 0)
    return complete(life, judgement, atMs, subject, judgement.completions);
  return isRested ? silently(life!) : undefined;
}
