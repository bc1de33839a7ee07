/**
 * The life of an alert around any form (semantics: Episodes). As a state: idle → pending → firing → resolved, then cooldown.
 * As an event (`resolve never`): each firing is an alert of its own. It never decides what a form means, and it is driven by
 * event time alone: by the settled run of a rule, and on copies of its groups by the provisional one.
 */
import type { Episode, ResolveReason, Sample } from '../../event/alert.ts';
import { comparePositions, type Value } from '../../event/event.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { alertIdOf, groupRecord } from './identity.ts';
import type { DetectRule } from '../input/input.ts';
import { firstName, loadLife, newLife, repeatOf, saveLife, type Life } from './life.ts';
import type { Operator } from '../operator.ts';
import { type EventRef, type Taken, noPosition } from '../input/event-ref.ts';

export interface MachineContext {
  /** As it stands: what does not belong to its meaning may change. */
  rule(): DetectRule;
  group(slot: number): readonly Value[];
  sample(event: EventRef): Sample;
  fired(slot: number, episode: Episode): void;
  resolved(slot: number, episode: Episode): void;
}

export interface Machine {
  /** The next event of the group; as a state, judged by `instant` once all events of its time are in. */
  take(slot: number, event: Taken): void;
  /** All events up to this time are in: judge, then let run out what is due. */
  instant(slot: number, atMs: number): void;
  dueMs(slot: number): number;
  /** Earliest time at which the group could fire again without being settled further; −Infinity: at any. */
  busyUntilMs(slot: number, settledMs: number): number;
  /** Nothing is remembered of the group. */
  isEmpty(slot: number): boolean;
  clear(slot: number): void;
  /** Ends what is open, whatever the form says. */
  end(slot: number, atMs: number, reason: ResolveReason): void;
  /** The pending or firing episode. */
  current(slot: number): Episode | undefined;
  save(slot: number, writer: ByteWriter): void;
  load(slot: number, reader: ByteReader): void;
}

export function createMachine(operator: Operator, context: MachineContext): Machine {
  const lives = new Map<number, Life>();

  function lifeOf(slot: number): Life {
    let life = lives.get(slot);
    if (life === undefined) {
      life = newLife();
      lives.set(slot, life);
    }
    return life;
  }

  /** Names the alert that begins here, from what the form holds now. */
  function open(slot: number, life: Life, atMs: number, nth = 0): void {
    const { first } = operator.evidence(slot, nth);
    const firstEvent =
      first === undefined
        ? { position: noPosition, timeMs: atMs }
        : { position: first.position, timeMs: first.timeMs };
    life.count = operator.isMomentary ? Math.max(1, operator.size(slot)) : operator.size(slot);
    life.opened = {
      alertId: alertIdOf(context.rule(), context.group(slot), firstEvent, repeatOf(life, firstEvent)),
      firstEvent,
      samples: first === undefined ? [] : [context.sample(first)],
    };
  }

  function episode(slot: number, life: Life, state: Episode['state']): Episode {
    const rule = context.rule();
    return {
      ...life.opened!,
      rule: rule.name,
      meaning: rule.meaning,
      severity: rule.severity,
      group: groupRecord(rule, context.group(slot)),
      state,
      ...(life.pendingAtMs !== undefined && { pendingAtMs: life.pendingAtMs }),
      ...(life.firedAtMs !== undefined && { firedAtMs: life.firedAtMs }),
      count: life.count,
      suppressed: life.suppressed,
    };
  }

  function fire(slot: number, life: Life, atMs: number, nth = 0): void {
    life.firedAtMs = atMs;
    const opened = life.opened!;
    life.repeat = repeatOf(life, opened.firstEvent);
    life.lastFirst = firstName(opened.firstEvent);
    const { latest, telling } = operator.evidence(slot, nth);
    const later = latest.filter(
      ({ position }) => comparePositions(position, opened.firstEvent.position) !== 0,
    );
    const shown = (events: readonly EventRef[]): Sample[] => events.map((event) => context.sample(event));
    const measured = operator.measured?.(slot, atMs);
    life.opened = {
      ...opened,
      samples: telling === undefined ? [...opened.samples.slice(0, 1), ...shown(later)] : shown(telling),
      ...(measured !== undefined && { measured }),
    };
    context.fired(slot, episode(slot, life, context.rule().resolveNever ? 'resolved' : 'firing'));
  }

  /** The episode is over; what comes next starts counting anew. */
  function close(life: Life, atMs: number): void {
    const { cooldownMs } = context.rule();
    life.phase = cooldownMs > 0 ? 'cooldown' : 'idle';
    life.untilMs = atMs + cooldownMs;
    life.suppressed = 0;
    life.held = false;
    life.pendingAtMs = undefined;
    life.firedAtMs = undefined;
    life.quietAtMs = undefined;
    life.opened = undefined;
    life.count = 0;
  }

  function resolve(slot: number, life: Life, atMs: number, reason: ResolveReason): void {
    context.resolved(slot, { ...episode(slot, life, 'resolved'), resolvedAtMs: atMs, reason });
    close(life, atMs);
  }

  /** An event alert at an instant that completes the form. */
  function complete(slot: number, atMs: number, nth: number): void {
    const life = lifeOf(slot);
    if (life.phase === 'cooldown' && atMs < life.untilMs!) {
      life.suppressed++;
      return;
    }
    open(slot, life, atMs, nth);
    // Several deadlines may run out at once; each is an alert.
    if (operator.completesAt === 'deadlines') life.count = 1;
    fire(slot, life, atMs, nth);
    close(life, atMs);
    operator.spend(slot);
  }

  function eventInstant(slot: number, holds: boolean, atMs: number): void {
    const life = lives.get(slot);
    if (life?.phase === 'cooldown' && atMs >= life.untilMs!) life.phase = 'idle';
    if (operator.completesAt !== 'deadlines' || !holds) return;
    const completions = operator.completions(slot);
    for (let nth = 0; nth < completions; nth++) complete(slot, atMs, nth);
  }

  function idle(slot: number, life: Life | undefined, holds: boolean, atMs: number): void {
    if (!holds) return;
    const begun = life ?? lifeOf(slot);
    begun.phase = 'pending';
    begun.pendingAtMs = atMs;
    open(slot, begun, atMs);
    pending(slot, begun, holds, atMs);
  }

  function pending(slot: number, life: Life, holds: boolean, atMs: number): void {
    if (!holds) {
      life.phase = 'idle';
      life.pendingAtMs = undefined;
      life.opened = undefined;
      return;
    }
    life.count = Math.max(life.count, operator.size(slot));
    if (atMs < life.pendingAtMs! + context.rule().forMs) return;
    life.phase = 'firing';
    life.quietAtMs = operator.isMomentary ? atMs : undefined;
    fire(slot, life, atMs);
    settleFiring(slot, life, atMs);
  }

  function firing(slot: number, life: Life, holds: boolean, atMs: number): void {
    if (!operator.isMomentary) life.count = Math.max(life.count, operator.size(slot));
    else if (holds) life.count += operator.size(slot);
    if (holds && !operator.isMomentary) life.quietAtMs = undefined;
    else if (holds) life.quietAtMs = atMs;
    else life.quietAtMs ??= atMs;
    settleFiring(slot, life, atMs);
  }

  /** What ends a firing at this instant, if anything does. */
  function settleFiring(slot: number, life: Life, atMs: number): void {
    if (operator.healed(slot)) resolve(slot, life, atMs, 'healed');
    else if (atMs >= quietEndMs(life)) {
      resolve(slot, life, atMs, operator.quietReason);
      if (operator.expiresFromFiring) operator.spend(slot);
    }
  }

  function quietEndMs(life: Life): number {
    const fromMs = operator.expiresFromFiring ? life.firedAtMs : life.quietAtMs;
    return fromMs === undefined ? Infinity : fromMs + context.rule().resolveAfterMs;
  }

  function cooldown(slot: number, life: Life, holds: boolean, atMs: number): void {
    if (atMs < life.untilMs!) {
      if (holds && !life.held) life.suppressed++;
      life.held = holds && !operator.isMomentary;
      return;
    }
    life.phase = 'idle';
    idle(slot, life, holds, atMs);
  }

  function lifeDueMs(life: Life | undefined): number {
    switch (life?.phase) {
      case 'pending':
        return life.pendingAtMs! + context.rule().forMs;
      case 'firing':
        return quietEndMs(life);
      case 'cooldown':
        return life.untilMs!;
      case 'idle':
      case undefined:
        return Infinity;
    }
  }

  function clear(slot: number): void {
    operator.clear(slot);
    lives.delete(slot);
  }

  function end(slot: number, atMs: number, reason: ResolveReason): void {
    const life = lives.get(slot);
    if (life?.phase === 'firing') resolve(slot, life, Math.max(atMs, life.firedAtMs!), reason);
  }

  function retire(slot: number, atMs: number): void {
    end(slot, atMs, 'retired');
    clear(slot);
  }

  return {
    take(slot, event) {
      operator.apply(slot, event);
      if (!context.rule().resolveNever || operator.completesAt !== 'events') return;
      if (operator.holds(slot, event.timeMs)) complete(slot, event.timeMs, 0);
    },
    instant(slot, atMs) {
      const holds = operator.holds(slot, atMs);
      const life = lives.get(slot);
      if (atMs >= operator.retireMs(slot)) retire(slot, atMs);
      else if (context.rule().resolveNever) eventInstant(slot, holds, atMs);
      else if (life?.phase === 'pending') pending(slot, life, holds, atMs);
      else if (life?.phase === 'firing') firing(slot, life, holds, atMs);
      else if (life?.phase === 'cooldown') cooldown(slot, life, holds, atMs);
      else idle(slot, life, holds, atMs);
    },
    dueMs: (slot) => Math.min(operator.nextMs(slot), operator.retireMs(slot), lifeDueMs(lives.get(slot))),
    busyUntilMs(slot, settledMs) {
      const life = lives.get(slot);
      if (life?.phase === 'cooldown') return life.untilMs!;
      // What can heal may end at any event.
      if (life?.phase !== 'firing' || operator.isMomentary) return -Infinity;
      return (life.quietAtMs ?? settledMs + 1) + context.rule().resolveAfterMs;
    },
    isEmpty(slot) {
      const life = lives.get(slot);
      return (
        operator.isEmpty(slot) && (life === undefined || (life.phase === 'idle' && life.suppressed === 0))
      );
    },
    clear,
    end,
    current(slot) {
      const life = lives.get(slot);
      if (life?.phase !== 'pending' && life?.phase !== 'firing') return undefined;
      return episode(slot, life, life.phase);
    },
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
