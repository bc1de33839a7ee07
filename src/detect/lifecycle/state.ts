/**
 * The life of an alert as a state (semantics: Episodes): idle → pending → firing → resolved, then cooldown. Each function takes a life and
 * the judgement of an instant, and returns the next life.
 */
import type { ResolveReason } from '../../event/alert.ts';
import type { DetectRule } from '../input/input.ts';
import type { Judgement } from '../operator.ts';
import {
  closed,
  episodeOf,
  firingOf,
  openingOf,
  silently,
  type FormTraits,
  type LifeOutcome,
  type LifeStep,
  type Subject,
} from './episode.ts';
import { newLife, type Life } from './life.ts';

/** Handles an instant after all its events were taken. Returns undefined if nothing changes. */
export function stateInstant(
  life: Life | undefined,
  judgement: Judgement,
  atMs: number,
  subject: Subject,
): LifeStep | undefined {
  switch (life?.phase) {
    case 'pending':
      return pending(life, judgement, atMs, subject);
    case 'firing':
      return firing(life, judgement, atMs, subject);
    case 'cooldown':
      return cooldown(life, judgement, atMs, subject);
    case 'idle':
    case undefined:
      return judgement.holds ? begin(life ?? newLife, judgement, atMs, subject) : undefined;
  }
}

/** Ends a firing, whatever the form says. Returns undefined if nothing fires. */
export function endState(
  life: Life | undefined,
  atMs: number,
  reason: ResolveReason,
  subject: Subject,
): LifeStep | undefined {
  if (life?.phase !== 'firing') return undefined;
  return resolve(life, Math.max(atMs, life.firedAtMs!), reason, subject);
}

/** Returns when something of the life is due without an event; Infinity: never. */
export function lifeDueMs(life: Life, rule: DetectRule, form: FormTraits): number {
  switch (life.phase) {
    case 'pending':
      return life.pendingAtMs! + rule.forMs;
    case 'firing':
      return quietEndMs(life, rule, form);
    case 'cooldown':
      return life.untilMs!;
    case 'idle':
      return Infinity;
  }
}

/** Returns the earliest time at which an alert can begin anew, judging by the final state up to `finalMs`; −Infinity: at any time. */
export function lifeBusyUntilMs(
  life: Life | undefined,
  finalMs: number,
  rule: DetectRule,
  form: FormTraits,
): number {
  if (life === undefined) return -Infinity;
  if (life.phase === 'cooldown') return life.untilMs!;
  // A form that can heal may end its episode at any event.
  if (life.phase !== 'firing' || form.isMomentary) return -Infinity;
  return (life.quietAtMs ?? finalMs + 1) + rule.resolveAfterMs;
}

function begin(life: Life, judgement: Judgement, atMs: number, subject: Subject): LifeStep {
  const opening = openingOf(life, judgement, atMs, subject);
  const begun: Life = { ...life, phase: 'pending', pendingAtMs: atMs, ...opening };
  return subject.rule.forMs > 0 ? silently(begun) : fire(begun, judgement, atMs, subject);
}

function pending(life: Life, judgement: Judgement, atMs: number, subject: Subject): LifeStep {
  if (!judgement.holds)
    return silently({ ...life, phase: 'idle', pendingAtMs: undefined, opened: undefined });
  const counted = { ...life, count: Math.max(life.count, judgement.size) };
  const isDue = atMs >= life.pendingAtMs! + subject.rule.forMs;
  return isDue ? fire(counted, judgement, atMs, subject) : silently(counted);
}

function fire(life: Life, judgement: Judgement, atMs: number, subject: Subject): LifeStep {
  const quietAtMs = subject.form.isMomentary ? atMs : undefined;
  const next: Life = { ...life, phase: 'firing', quietAtMs, ...firingOf(life, judgement, atMs, subject) };
  const begun: LifeOutcome = { kind: 'fired', episode: episodeOf(next, 'firing', subject) };
  const end = ending(next, judgement, atMs, subject);
  if (end === undefined) return { life: next, outcomes: [begun], spends: false };
  return { ...end, outcomes: [begun, ...end.outcomes] };
}

function firing(life: Life, judgement: Judgement, atMs: number, subject: Subject): LifeStep | undefined {
  const { isMomentary } = subject.form;
  const { holds, size } = judgement;
  const count = isMomentary ? life.count + (holds ? size : 0) : Math.max(life.count, size);
  const quietSinceMs = holds ? undefined : (life.quietAtMs ?? atMs);
  const quietAtMs = holds && isMomentary ? atMs : quietSinceMs;
  const isSame = count === life.count && quietAtMs === life.quietAtMs;
  const next = isSame ? life : { ...life, count, quietAtMs };
  return ending(next, judgement, atMs, subject) ?? (isSame ? undefined : silently(next));
}

/** Ends a firing if its end has come at this instant; undefined otherwise. */
function ending(life: Life, { healed }: Judgement, atMs: number, subject: Subject): LifeStep | undefined {
  if (healed) return resolve(life, atMs, 'healed', subject);
  if (atMs < quietEndMs(life, subject.rule, subject.form)) return undefined;
  const { quietReason, expiresFromFiring } = subject.form;
  return { ...resolve(life, atMs, quietReason, subject), spends: expiresFromFiring };
}

function cooldown(life: Life, judgement: Judgement, atMs: number, subject: Subject): LifeStep {
  const { holds } = judgement;
  if (atMs < life.untilMs!) {
    const suppressed = life.suppressed + (holds && !life.held ? 1 : 0);
    return silently({ ...life, suppressed, held: holds && !subject.form.isMomentary });
  }
  const idle: Life = { ...life, phase: 'idle' };
  return holds ? begin(idle, judgement, atMs, subject) : silently(idle);
}

function resolve(life: Life, atMs: number, reason: ResolveReason, subject: Subject): LifeStep {
  const episode = { ...episodeOf(life, 'resolved', subject), resolvedAtMs: atMs, reason };
  return { life: closed(life, atMs, subject.rule), outcomes: [{ kind: 'resolved', episode }], spends: false };
}

function quietEndMs(life: Life, rule: DetectRule, form: FormTraits): number {
  const fromMs = form.expiresFromFiring ? life.firedAtMs : life.quietAtMs;
  return fromMs === undefined ? Infinity : fromMs + rule.resolveAfterMs;
}
