/**
 * What people are told before it is settled, and what becomes of it (semantics: Episodes, Provisional). A touched group is
 * played forward on a copy, from its settled state over the matches that still wait; a firing found there is told at once. When
 * the settled result comes it confirms, amends or withdraws. Nothing here ever changes the settled state.
 */
import type { Episode, ResolveReason, Transition } from '../event/alert.ts';
import type { Waiting } from './backlog.ts';
import { byteReader, byteWriter, type ByteReader, type ByteWriter } from './bytes.ts';
import { groupValues } from './groups.ts';
import type { DetectRule } from './input.ts';
import { createMachine, type Machine } from './machine.ts';
import type { Operator } from './operator.ts';
import { createOperator } from './operators.ts';
import type { Samples } from './samples.ts';

export interface RunAheadContext {
  readonly isEager: boolean;
  rule(): DetectRule;
  readonly samples: Samples;
  emit(transition: Transition): void;
  /** Matches of the group that are not settled, in order. */
  waiting(key: string): readonly Waiting[];
  readonly settled: {
    readonly machine: Machine;
    readonly operator: Operator;
    /** −1 where the group is not alive. */
    slot(key: string): number;
    untilMs(): number;
  };
}

export interface RunAhead {
  arrived(events: readonly Waiting[]): void;
  settledFiring(key: string, episode: Episode): void;
  settledResolution(episode: Episode): void;
  /** After settling: tells what is new, withdraws what did not come true. */
  step(): void;
  withdrawAll(reason: ResolveReason): void;
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

/** A firing that was told and is not settled. */
type Told = Episode;

export function createRunAhead(context: RunAheadContext): RunAhead {
  const told = new Map<string, Told[]>();
  /** Threads of open settled episodes that took one over, by alertId. */
  const threads = new Map<string, string>();
  const touched = new Set<string>();
  const play = context.isEager ? createPlayer(context) : () => [];

  function untell(key: string, episode: Told): void {
    const rest = (told.get(key) ?? []).filter((other) => other !== episode);
    if (rest.length === 0) told.delete(key);
    else told.set(key, rest);
  }

  function announceNew(key: string): void {
    const free = [...(told.get(key) ?? [])];
    for (const episode of play(key)) {
      const known = meeting(free, episode);
      if (known !== undefined) free.splice(free.indexOf(known), 1);
      else {
        told.set(key, [...(told.get(key) ?? []), episode]);
        context.emit({
          kind: 'fired',
          settled: false,
          announce: true,
          threadId: episode.alertId,
          episode,
        });
      }
    }
  }

  function withdraw(key: string, episode: Told, because: string): void {
    untell(key, episode);
    context.emit({
      kind: 'withdrawn',
      settled: true,
      announce: true,
      threadId: episode.alertId,
      episode,
      because,
    });
  }

  return {
    arrived(events) {
      if (context.isEager) for (const { key } of events) touched.add(key);
    },
    settledFiring(key, episode) {
      const known = meeting(told.get(key) ?? [], episode);
      if (known === undefined) {
        context.emit({ kind: 'fired', settled: true, announce: true, threadId: episode.alertId, episode });
        return;
      }
      untell(key, known);
      const threadId = known.alertId;
      if (threadId !== episode.alertId && episode.state !== 'resolved')
        threads.set(episode.alertId, threadId);
      if (saysTheSame(known, episode))
        context.emit({ kind: 'fired', settled: true, announce: false, threadId, episode });
      else
        context.emit({
          kind: 'amended',
          settled: true,
          announce: true,
          threadId,
          episode,
          because: amendment(known, episode),
        });
    },
    settledResolution(episode) {
      const threadId = threads.get(episode.alertId) ?? episode.alertId;
      threads.delete(episode.alertId);
      context.emit({ kind: 'resolved', settled: true, announce: true, threadId, episode });
    },
    step() {
      for (const key of touched) announceNew(key);
      touched.clear();
      for (const [key, episodes] of told) {
        const overdue = episodes.filter(({ firedAtMs }) => firedAtMs! <= context.settled.untilMs());
        if (overdue.length === 0) continue;
        const coming = play(key);
        for (const episode of overdue)
          if (!coming.some((other) => meets(episode, other)))
            withdraw(key, episode, 'Events that came out of order changed the result: this did not fire.');
      }
    },
    withdrawAll(reason) {
      for (const [key, episodes] of told)
        for (const episode of episodes)
          withdraw(key, episode, `The rule was ${reason} before it was settled.`);
    },
    save(writer) {
      writer.json([...told]);
      writer.json([...threads]);
    },
    load(reader) {
      for (const [key, episodes] of reader.json() as [string, Told[]][]) told.set(key, episodes);
      for (const [alertId, threadId] of reader.json() as [string, string][]) threads.set(alertId, threadId);
    },
  };
}

/** Gives the firings of a group that its waiting matches lead to, as far as they stand on events and not on deadlines. */
function createPlayer(context: RunAheadContext): (key: string) => readonly Episode[] {
  const { settled } = context;
  const writer = byteWriter();
  let key = '';
  let found: Episode[] = [];
  let isDeadline = false;
  const copy = 0;
  const machine = createMachine(createOperator(context.rule()), {
    rule: () => context.rule(),
    group: () => groupValues(key),
    sample: (event) => context.samples.of(event),
    fired(_slot, episode) {
      if (!isDeadline) found.push(episode);
    },
    resolved: () => undefined,
  });

  function playInstants(events: readonly Waiting[]): void {
    const lastMs = events.at(-1)!.timeMs;
    for (let i = 0; i < events.length;) {
      const atMs = events[i]!.timeMs;
      isDeadline = true;
      for (let dueMs = machine.dueMs(copy); dueMs < atMs; dueMs = machine.dueMs(copy))
        machine.instant(copy, dueMs);
      isDeadline = false;
      while (i < events.length && events[i]!.timeMs === atMs) machine.take(copy, events[i++]!);
      machine.instant(copy, atMs);
      if (machine.busyUntilMs(copy, atMs) > lastMs) return;
    }
  }

  return (played) => {
    const events = context.waiting(played);
    const slot = settled.slot(played);
    const last = events.at(-1);
    if (last === undefined || !settled.operator.mayHold(slot, events.length)) return [];
    if (slot >= 0) {
      if (settled.machine.busyUntilMs(slot, settled.untilMs()) > last.timeMs) return [];
      settled.machine.save(slot, writer);
      machine.load(copy, byteReader(writer.finish()));
    }
    key = played;
    found = [];
    playInstants(events);
    machine.clear(copy);
    return found;
  };
}

/** The told firing that a firing is: the same one, else one whose span from first event to firing overlaps. */
function meeting(candidates: readonly Told[], episode: Episode): Told | undefined {
  return (
    candidates.find(({ alertId }) => alertId === episode.alertId) ??
    candidates.find((candidate) => meets(candidate, episode))
  );
}

function meets(a: Episode, b: Episode): boolean {
  return a.firstEvent.timeMs <= b.firedAtMs! && b.firstEvent.timeMs <= a.firedAtMs!;
}

function saysTheSame(a: Episode, b: Episode): boolean {
  return a.alertId === b.alertId && a.firedAtMs === b.firedAtMs && a.pendingAtMs === b.pendingAtMs;
}

function amendment(before: Episode, after: Episode): string {
  const moved = before.firedAtMs !== after.firedAtMs;
  const time = (ms: number): string => new Date(ms).toISOString();
  return moved
    ? `Events that came out of order moved it from ${time(before.firedAtMs!)} to ${time(after.firedAtMs!)}.`
    : 'Events that came out of order belong to it as well.';
}
